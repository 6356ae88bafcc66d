//! JSON, one member after another, to anything that takes text.
//!
//! No allocation and no integer formatting of `core::fmt`, whose padding can
//! panic and would stay linked.

use core::fmt::{Result, Write};

use crate::matcher::substring::SubstringTable;

/// Writes one JSON object.
pub(super) struct Object<'w, W> {
    out: &'w mut W,
    first: bool,
    /// What must not stand in byte strings.
    secrets: SubstringTable<'w>,
}

impl<'w, W: Write> Object<'w, W> {
    /// Begins an object.
    pub(super) fn new(
        out: &'w mut W,
        secrets: SubstringTable<'w>,
    ) -> core::result::Result<Self, core::fmt::Error> {
        out.write_char('{')?;
        Ok(Object { out, first: true, secrets })
    }

    /// Ends it.
    pub(super) fn end(self) -> Result {
        self.out.write_char('}')
    }

    /// Begins a member, whose value the caller writes.
    pub(super) fn key(&mut self, name: &str) -> core::result::Result<&mut W, core::fmt::Error> {
        if !self.first {
            self.out.write_char(',')?;
        }
        self.first = false;
        text(self.out, name)?;
        self.out.write_char(':')?;
        Ok(self.out)
    }

    /// What must not stand in byte strings.
    pub(super) fn secrets(&self) -> SubstringTable<'w> {
        self.secrets
    }

    pub(super) fn text(&mut self, name: &str, value: &str) -> Result {
        text(self.key(name)?, value)
    }

    /// A byte string as events have it: text, or `{"hex": "…"}`.
    pub(super) fn bytes(&mut self, name: &str, value: &[u8]) -> Result {
        let secrets = self.secrets;
        redacted(self.key(name)?, value, &secrets)
    }

    pub(super) fn number(&mut self, name: &str, value: u64) -> Result {
        number(self.key(name)?, value)
    }

    pub(super) fn flag(&mut self, name: &str, value: bool) -> Result {
        self.key(name)?.write_str(if value { "true" } else { "false" })
    }

    /// The members that are there.
    pub(super) fn maybe_bytes(&mut self, name: &str, value: Option<&[u8]>) -> Result {
        value.map_or(Ok(()), |value| self.bytes(name, value))
    }

    pub(super) fn maybe_number(&mut self, name: &str, value: Option<u64>) -> Result {
        value.map_or(Ok(()), |value| self.number(name, value))
    }

    /// A flag that is usually off.
    pub(super) fn set(&mut self, name: &str, value: bool) -> Result {
        if value { self.flag(name, true) } else { Ok(()) }
    }

    pub(super) fn object(
        &mut self,
        name: &str,
        members: impl FnOnce(&mut Object<'_, W>) -> Result,
    ) -> Result {
        let secrets = self.secrets;
        object(self.key(name)?, secrets, members)
    }

    /// A list, if it is not empty.
    pub(super) fn list<T>(
        &mut self,
        name: &str,
        values: impl Iterator<Item = T>,
        write: impl Fn(&mut W, SubstringTable<'w>, T) -> Result,
    ) -> Result {
        let (mut first, secrets) = (true, self.secrets);
        for value in values {
            if first {
                self.key(name)?.write_char('[')?;
            } else {
                self.out.write_char(',')?;
            }
            first = false;
            write(self.out, secrets, value)?;
        }
        if first { Ok(()) } else { self.out.write_char(']') }
    }
}

/// Writes an object.
pub(super) fn object<W: Write>(
    out: &mut W,
    secrets: SubstringTable<'_>,
    members: impl FnOnce(&mut Object<'_, W>) -> Result,
) -> Result {
    let mut object = Object::new(out, secrets)?;
    members(&mut object)?;
    object.end()
}

/// Writes a string (RFC 8259, section 7).
pub(super) fn text<W: Write>(out: &mut W, value: &str) -> Result {
    out.write_char('"')?;
    for character in value.chars() {
        match character {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            // Also what a terminal would act on.
            '\0'..='\x1f' | '\x7f'..='\u{9f}' => {
                out.write_str("\\u00")?;
                hex(out, &[character as u8])?;
            }
            character => out.write_char(character)?,
        }
    }
    out.write_char('"')
}

/// Writes a byte string of an event, unless one of `secrets` is in it.
pub(super) fn redacted<W: Write>(
    out: &mut W,
    value: &[u8],
    secrets: &SubstringTable<'_>,
) -> Result {
    if secrets.any(value) { text(out, REMOVED) } else { bytes(out, value) }
}

/// What stands for a text with the secret of a decoy in it.
pub(super) const REMOVED: &str = "[decoy]";

/// Writes a byte string: as text if it is UTF-8, else in hexadecimal.
pub(super) fn bytes<W: Write>(out: &mut W, value: &[u8]) -> Result {
    if let Ok(value) = core::str::from_utf8(value) {
        return text(out, value);
    }
    out.write_str("{\"hex\":\"")?;
    hex(out, value)?;
    out.write_str("\"}")
}

pub(super) fn hex<W: Write>(out: &mut W, bytes: &[u8]) -> Result {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            out.write_char(char::from_digit(u32::from(digit), 16).unwrap_or('0'))?;
        }
    }
    Ok(())
}

/// Writes a number, its digits from the highest.
pub(super) fn number<W: Write>(out: &mut W, value: u64) -> Result {
    let mut begun = false;
    // From 10^19, the highest power of ten that fits.
    for unit in core::iter::successors(Some(10_000_000_000_000_000_000u64), |unit| {
        unit.checked_div(10).filter(|&unit| unit > 0)
    }) {
        let digit = value.checked_div(unit).unwrap_or(0).checked_rem(10).unwrap_or(0) as u8;
        begun |= digit != 0 || unit == 1;
        if begun {
            out.write_char(char::from(b'0'.wrapping_add(digit)))?;
        }
    }
    Ok(())
}
