//! Numbers of every kind as policies spell them: integers, durations, times
//! and ports.

use alloc::format;

use super::control::PortRange;
use super::decode::Decoder;
use super::tree::{Meaning, Node, Value};
use crate::diagnostic::{Code, quoted};

/// A plain decimal integer from `min` to `max`.
pub(crate) fn integer(decoder: &mut Decoder<'_>, node: &Node, min: u64, max: u64) -> Option<u64> {
    let expected =
        if min == max { format!("{min}") } else { format!("an integer from {min} to {max}") };
    let text = match &node.value {
        Value::Scalar(scalar) if scalar.meaning() == Meaning::Integer => scalar.text.as_str(),
        Value::Scalar(scalar) if scalar.meaning() == Meaning::Doubtful => {
            let message = format!("{} is not a plain decimal integer", quoted(&scalar.text));
            let diagnostic = decoder.about(Code::WrongType, node.span, message).expecting(expected);
            decoder.diagnostics.push(diagnostic);
            return None;
        }
        Value::Scalar(scalar) if scalar.text.parse::<u64>().is_ok() => {
            let message = format!("expected {expected}, found the text {}", quoted(&scalar.text));
            let diagnostic = decoder
                .about(Code::WrongType, node.span, message)
                .expecting(expected)
                .with_help("write it without quotes")
                .replacing(scalar.text.as_str());
            decoder.diagnostics.push(diagnostic);
            return None;
        }
        _ => {
            decoder.mismatch(node, &expected);
            return None;
        }
    };
    // More digits than a `u64` has, and a minus sign, are out of range too.
    match text.parse::<u64>() {
        Ok(number) if (min..=max).contains(&number) => Some(number),
        _ => {
            let message = format!("{} is out of range, expected {expected}", quoted(text));
            let diagnostic =
                decoder.about(Code::OutOfRange, node.span, message).expecting(expected);
            decoder.diagnostics.push(diagnostic);
            None
        }
    }
}

/// `30s`, `10m`, `12h` or `7d`, in milliseconds: one second to thirty days.
pub(crate) fn duration(decoder: &mut Decoder<'_>, node: &Node) -> Option<u64> {
    const EXPECTED: &str = "a duration such as `30s`, `10m`, `12h` or `7d`";
    let text = match &node.value {
        Value::Scalar(scalar) if scalar.meaning() == Meaning::Text => scalar.text.as_str(),
        Value::Scalar(scalar) if scalar.meaning() == Meaning::Integer => {
            let message = format!("the duration {} has no unit", quoted(&scalar.text));
            let diagnostic = decoder
                .about(Code::DurationSyntax, node.span, message)
                .expecting(EXPECTED)
                .with_help(format!("write {}s for seconds", scalar.text))
                .replacing(format!("{}s", scalar.text));
            decoder.diagnostics.push(diagnostic);
            return None;
        }
        _ => {
            decoder.mismatch(node, EXPECTED);
            return None;
        }
    };
    let split =
        text.char_indices().next_back().and_then(|(at, unit)| Some((text.get(..at)?, unit)));
    let unit = match split {
        Some((_, 's')) => 1_000,
        Some((_, 'm')) => 60_000,
        Some((_, 'h')) => 3_600_000,
        Some((_, 'd')) => DAY,
        _ => 0,
    };
    let digits = split.map_or("", |(digits, _)| digits);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if unit == 0 || !plain || (digits.len() > 1 && digits.starts_with('0')) {
        let message = format!("{} is not a duration, expected {EXPECTED}", quoted(text));
        let diagnostic =
            decoder.about(Code::DurationSyntax, node.span, message).expecting(EXPECTED);
        decoder.diagnostics.push(diagnostic);
        return None;
    }
    let milliseconds = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(unit));
    match milliseconds {
        Some(milliseconds) if (1_000..=30 * DAY).contains(&milliseconds) => Some(milliseconds),
        _ => {
            let message = format!("{} is out of range, expected `1s` to `30d`", quoted(text));
            let diagnostic =
                decoder.about(Code::OutOfRange, node.span, message).expecting("`1s` to `30d`");
            decoder.diagnostics.push(diagnostic);
            None
        }
    }
}

/// RFC 3339 in UTC, in milliseconds since the Unix epoch.
pub(crate) fn timestamp(decoder: &mut Decoder<'_>, node: &Node) -> Option<u64> {
    const EXPECTED: &str = "a time in UTC such as `2026-12-01T00:00:00Z`";
    let text = match &node.value {
        Value::Scalar(scalar) if scalar.meaning() == Meaning::Text => scalar.text.as_str(),
        _ => {
            decoder.mismatch(node, EXPECTED);
            return None;
        }
    };
    let (code, message) = match parse_timestamp(text) {
        Ok(milliseconds) => return Some(milliseconds),
        Err(Code::OutOfRange) => (Code::OutOfRange, format!("there is no time {}", quoted(text))),
        Err(code) => (code, format!("{} is not a time, expected {EXPECTED}", quoted(text))),
    };
    let diagnostic = decoder.about(code, node.span, message).expecting(EXPECTED);
    decoder.diagnostics.push(diagnostic);
    None
}

/// `YYYY-MM-DDTHH:MM:SS[.fraction]Z` from 1970 on; what is below a millisecond
/// is cut off. Leap seconds have no number in Unix time and are refused.
fn parse_timestamp(text: &str) -> Result<u64, Code> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Result<u64, Code> {
        let digits = bytes.get(from..to).ok_or(Code::TimestampSyntax)?;
        digits.iter().try_fold(0, |value, &digit| match digit {
            b'0'..=b'9' => Ok(value * 10 + u64::from(digit - b'0')),
            _ => Err(Code::TimestampSyntax),
        })
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|&(at, mark)| bytes.get(at) != Some(&mark)) {
        return Err(Code::TimestampSyntax);
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let milliseconds = match bytes.get(19..) {
        Some([b'Z']) => 0,
        Some([b'.', digits @ .., b'Z'])
            if (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) =>
        {
            let kept = digits.iter().chain(b"00").take(3);
            kept.fold(0, |value, &digit| value * 10 + u64::from(digit - b'0'))
        }
        _ => return Err(Code::TimestampSyntax),
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days_in_month = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    if year < 1970 || day == 0 || day > days_in_month || hour > 23 || minute > 59 || second > 59 {
        return Err(Code::OutOfRange);
    }
    // Years that start in March put the leap day last. 719468 days lie between
    // 0000-03-01 and 1970-01-01.
    let (years, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        years * 365 + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 1;
    let seconds = (days - 719_468) * 86_400 + hour * 3_600 + minute * 60 + second;
    Ok(seconds * 1_000 + milliseconds)
}

/// `23` or `6000-6063`.
pub(crate) fn ports(decoder: &mut Decoder<'_>, node: &Node) -> Option<PortRange> {
    const EXPECTED: &str = "a port such as `23` or a range such as `6000-6063`";
    let scalar = match &node.value {
        Value::Scalar(scalar) if scalar.meaning() == Meaning::Text => scalar,
        Value::Scalar(_) => {
            let port = integer(decoder, node, 0, 65_535)? as u16;
            return Some(PortRange { first: port, last: port, span: node.span });
        }
        _ => {
            decoder.mismatch(node, EXPECTED);
            return None;
        }
    };
    let plain = |digits: &str| {
        let padded = digits.len() > 1 && digits.starts_with('0');
        !digits.is_empty() && !padded && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let Some((first, last)) = scalar.text.split_once('-').filter(|(a, b)| plain(a) && plain(b))
    else {
        let message = format!("{} is not a port, expected {EXPECTED}", quoted(&scalar.text));
        let diagnostic = decoder.about(Code::PortSyntax, node.span, message).expecting(EXPECTED);
        let number = plain(&scalar.text);
        decoder.diagnostics.push(match number {
            true => diagnostic
                .with_help("write a single port without quotes")
                .replacing(scalar.text.as_str()),
            false => diagnostic,
        });
        return None;
    };
    match (first.parse::<u16>(), last.parse::<u16>()) {
        (Ok(first), Ok(last)) if first <= last => Some(PortRange { first, last, span: node.span }),
        (Ok(_), Ok(_)) => {
            let message = format!("the range {} ends before it begins", quoted(&scalar.text));
            let help = format!("write {last}-{first}");
            let better = format!("{last}-{first}");
            let diagnostic = decoder.about(Code::OutOfRange, node.span, message).with_help(help);
            let diagnostic = diagnostic.replacing_word(&scalar.text, &better);
            decoder.diagnostics.push(diagnostic);
            None
        }
        _ => {
            let message = format!("{} is out of range, ports end at 65535", quoted(&scalar.text));
            decoder.report(Code::OutOfRange, node.span, message);
            None
        }
    }
}

const DAY: u64 = 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! time {
        ($name:ident, $text:literal => $want:expr) => {
            #[test]
            fn $name() {
                assert_eq!(parse_timestamp($text), $want);
            }
        };
    }

    time!(the_epoch, "1970-01-01T00:00:00Z" => Ok(0));
    time!(the_example, "2026-12-01T00:00:00Z" => Ok(1_796_083_200_000));
    time!(leap_day_of_a_century, "2000-02-29T12:34:56.789Z" => Ok(951_827_696_789));
    time!(short_fraction, "1970-01-01T00:00:00.5Z" => Ok(500));
    time!(long_fraction_is_cut, "1970-01-01T00:00:00.123999999Z" => Ok(123));
    time!(last_representable, "9999-12-31T23:59:59Z" => Ok(253_402_300_799_000));
    time!(no_leap_day_in_1900s_rule, "2100-02-29T00:00:00Z" => Err(Code::OutOfRange));
    time!(month_zero, "2026-00-01T00:00:00Z" => Err(Code::OutOfRange));
    time!(leap_second, "2016-12-31T23:59:60Z" => Err(Code::OutOfRange));
    time!(before_the_epoch, "1969-12-31T23:59:59Z" => Err(Code::OutOfRange));
    time!(offset_instead_of_utc, "2026-12-01T00:00:00+00:00" => Err(Code::TimestampSyntax));
    time!(date_only, "2026-12-01" => Err(Code::TimestampSyntax));
    time!(lower_case, "2026-12-01t00:00:00z" => Err(Code::TimestampSyntax));
    time!(sign_in_a_number, "2026-12-01T+1:00:00Z" => Err(Code::TimestampSyntax));
    time!(point_without_digits, "2026-12-01T00:00:00.Z" => Err(Code::TimestampSyntax));
}
