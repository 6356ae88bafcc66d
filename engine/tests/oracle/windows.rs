//! Canonical Windows names, the slow way: lists of components.

use std::collections::HashMap;
use std::sync::OnceLock;

use wardline::{Base, Invalid};

use super::path::Components;
use super::world;

const LONGEST: usize = 65_536;

/// The upper case of a character: one of the basic plane, and never in ASCII
/// for one that is not.
pub(super) fn upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) if u32::from(character) < 0x1_0000 => {
            if one.is_ascii() && !character.is_ascii() { character } else { one }
        }
        _ => character,
    }
}

/// All characters with the same upper case.
pub(super) fn alike(character: char) -> Vec<char> {
    static ALIKE: OnceLock<HashMap<char, Vec<char>>> = OnceLock::new();
    let alike = ALIKE.get_or_init(|| {
        let mut alike: HashMap<char, Vec<char>> = HashMap::new();
        for character in '\0'..='\u{ffff}' {
            alike.entry(upper(character)).or_default().push(character);
        }
        alike
    });
    alike.get(&upper(character)).cloned().unwrap_or_else(|| vec![character])
}

/// Bytes in upper case.
pub(super) fn fold(text: &[u8]) -> Vec<u8> {
    let mut folded = Vec::new();
    for chunk in text.utf8_chunks() {
        folded.extend(chunk.valid().chars().map(upper).collect::<String>().into_bytes());
        folded.extend(chunk.invalid());
    }
    folded
}

/// Root and components of a path in its strict form.
pub(super) fn canonical(name: &[u8], base: &Base<'_>) -> Result<Components, Invalid> {
    if name.is_empty() {
        return Err(Invalid::PathEmpty);
    }
    if base.root.is_some() {
        return Err(Invalid::PathRelative);
    }
    let length = |part: Option<&[u8]>| part.map_or(0, <[u8]>::len);
    if name.len() + length(base.cwd) + length(base.dirfd_path) > LONGEST {
        return Err(Invalid::PathTooLong);
    }
    let name = slashed(name);
    let mut path = match absolute(&name)? {
        Some(path) => path,
        None => {
            let on_drive = name.get(1) == Some(&b':') && name[0].is_ascii_alphabetic();
            let rooted = name[0] == b'\\';
            let directory =
                if on_drive || rooted { base.cwd } else { base.dirfd_path.or(base.cwd) };
            let directory = slashed(directory.ok_or(Invalid::PathRelative)?);
            let mut path = absolute(&directory)?.ok_or(Invalid::PathRelative)?;
            let mut rest = &name[..];
            if on_drive {
                if path.components[0] != fold(&name[..2]) {
                    return Err(Invalid::PathRelative);
                }
                rest = &name[2..];
            }
            if rooted {
                path.components.truncate(1);
            }
            path.go_down(rest)?;
            path
        }
    };
    for (index, component) in loose(&path.components).iter().enumerate().skip(1) {
        if is_short_name(component) {
            return Err(Invalid::PathShortName);
        }
        let on_drive = path.components[0].len() == 2;
        let windows = loose(&path.components).get(1).is_some_and(|first| first == b"WINDOWS");
        if index == 2 && component == b"SYSNATIVE" && on_drive && windows {
            return Err(Invalid::PathRedirected);
        }
    }
    if path.components.len() > 1 && is_device(path.components.last().unwrap()) {
        return Err(Invalid::PathDevice);
    }
    Ok(std::mem::take(&mut path.components))
}

/// A path with its root as first component.
struct Path {
    components: Components,
    /// Behind `\\?\`, where `..` is a name.
    verbatim: bool,
}

impl Path {
    fn go_down(&mut self, rest: &[u8]) -> Result<(), Invalid> {
        for part in rest.split(|&byte| byte == b'\\') {
            characters(part)?;
            match part {
                b"" | b"." => {}
                b".." if self.verbatim => return Err(Invalid::PathDotDot),
                b".." => self.components.truncate((self.components.len() - 1).max(1)),
                _ => self.components.push(fold(part)),
            }
        }
        Ok(())
    }
}

fn slashed(name: &[u8]) -> Vec<u8> {
    name.iter().map(|&byte| if byte == b'/' { b'\\' } else { byte }).collect()
}

fn characters(part: &[u8]) -> Result<(), Invalid> {
    match part.iter().find(|byte| b"\0<>\"|?*".contains(byte)) {
        Some(0) => Err(Invalid::PathNul),
        Some(_) => Err(Invalid::PathCharacter),
        None if !is_text(part) => Err(Invalid::PathCharacter),
        None => Ok(()),
    }
}

/// Whether bytes are what becomes of UTF-16: what is between characters are
/// halves of surrogate pairs, never two that are one.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let mut between = vec![Vec::new()];
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_empty() {
            between.push(Vec::new());
        }
        between.last_mut().unwrap().extend(chunk.invalid());
    }
    between.iter().all(|run| {
        let (halves, rest) = run.as_chunks::<3>();
        let half = |[a, b, c]: &[u8; 3]| *a == 0xed && *b >= 0xa0 && (0x80..0xc0).contains(c);
        let pair = |two: &[[u8; 3]]| two[0][1] < 0xb0 && two[1][1] >= 0xb0;
        rest.is_empty() && halves.iter().all(half) && !halves.windows(2).any(pair)
    })
}

/// A path that needs no base; `None` if this one does.
fn absolute(name: &[u8]) -> Result<Option<Path>, Invalid> {
    let starts = |text: &[u8], prefix: &str| {
        text.len() >= prefix.len() && fold(&text[..prefix.len()]) == prefix.as_bytes()
    };
    let prefixes = [r"\\?\", r"\\.\", r"\??\", r"\DOSDEVICES\", r"\GLOBAL??\"];
    if let Some(prefix) = prefixes.iter().find(|prefix| starts(name, prefix)) {
        let rest = &name[prefix.len()..];
        if rest.len() > 2 && rest[0].is_ascii_alphabetic() && rest[1] == b':' && rest[2] == b'\\' {
            return drive(rest, true).map(Some);
        }
        if starts(rest, r"UNC\") {
            return share(&rest[4..], true).map(Some);
        }
        return device(rest).map(Some);
    }
    if let Some(rest) = name.strip_prefix(br"\\") {
        return share(rest, false).map(Some);
    }
    if name.starts_with(b"\\") {
        let first = name[1..].split(|&byte| byte == b'\\').next().unwrap_or_default();
        if [&b"DEVICE"[..], b"SYSTEMROOT", b"GLOBALROOT"].contains(&&fold(first)[..]) {
            return device(&name[1..]).map(Some);
        }
        return Ok(None);
    }
    if name.len() > 2 && name[0].is_ascii_alphabetic() && name[1] == b':' && name[2] == b'\\' {
        return drive(name, false).map(Some);
    }
    Ok(None)
}

fn drive(name: &[u8], verbatim: bool) -> Result<Path, Invalid> {
    let mut path = Path { components: vec![fold(&name[..2])], verbatim };
    path.go_down(&name[2..])?;
    Ok(path)
}

fn share(rest: &[u8], verbatim: bool) -> Result<Path, Invalid> {
    let mut parts = rest.split(|&byte| byte == b'\\').filter(|part| !part.is_empty());
    let host = parts.next().unwrap_or_default();
    let share = parts.next().unwrap_or_default();
    let host = host.strip_suffix(b".").unwrap_or(host);
    if host.is_empty() || share.is_empty() {
        return Err(Invalid::PathRelative);
    }
    for part in [host, share] {
        characters(part)?;
        if part == b"." || part == b".." {
            return Err(Invalid::PathDotDot);
        }
    }
    let plain = fold(&loosened(share, true));
    if plain == b"ADMIN$" || plain.len() == 2 && plain[0].is_ascii_uppercase() && plain[1] == b'$' {
        return Err(Invalid::PathRedirected);
    }
    let root = [br"\\", &fold(host)[..], br"\", &fold(share)].concat();
    let mut path = Path { components: vec![root], verbatim };
    for part in parts {
        path.go_down(part)?;
    }
    Ok(path)
}

/// A device by the binding's volumes.
fn device(name: &[u8]) -> Result<Path, Invalid> {
    let plain = |name: &[u8]| -> Vec<Vec<u8>> {
        let all = name.split(|&byte| byte == b'\\').filter(|part| !part.is_empty());
        let mut all: Vec<Vec<u8>> = all.map(<[u8]>::to_vec).collect();
        let device = ["?", ".", "??", "DOSDEVICES", "GLOBAL??"]
            .iter()
            .any(|prefix| all.first().is_some_and(|first| fold(first) == prefix.as_bytes()));
        if device {
            all.remove(0);
        }
        if all.first().is_some_and(|first| fold(first) == b"GLOBALROOT") {
            all.remove(0);
        }
        all
    };
    let wanted = plain(name);
    let mut best: Option<(usize, String)> = None;
    for (from, to) in world::volumes() {
        let from = plain(&slashed(from.as_bytes()));
        let fits =
            from.len() <= wanted.len() && from.iter().zip(&wanted).all(|(a, b)| fold(a) == fold(b));
        if fits && best.as_ref().is_none_or(|(longest, _)| from.len() > *longest) {
            best = Some((from.len(), to));
        }
    }
    let (count, to) = best.ok_or(Invalid::PathVolume)?;
    let mut path = drive(&slashed(to.as_bytes()), false)?;
    path.verbatim = true;
    for part in &wanted[count..] {
        path.go_down(part)?;
    }
    Ok(path)
}

/// The components as Win32 takes them.
pub(super) fn loose(path: &Components) -> Components {
    let last = path.len() - 1;
    let mut root = path[0].clone();
    if let Some(at) = root.iter().rposition(|&byte| byte == b'\\') {
        let share = loosened(&root.split_off(at + 1), last == 0);
        if share.is_empty() {
            root = path[0].clone();
        }
        root.extend(share);
    }
    let mut loose = vec![root];
    for (index, component) in path.iter().enumerate().skip(1) {
        let component = loosened(component, index == last);
        if !component.is_empty() {
            loose.push(component);
        }
    }
    loose
}

fn loosened(component: &[u8], last: bool) -> Vec<u8> {
    let name = component.split(|&byte| byte == b':').next().unwrap_or_default();
    if last {
        let end = name.iter().rposition(|byte| !b". ".contains(byte)).map_or(0, |at| at + 1);
        return name[..end].to_vec();
    }
    name.strip_suffix(b".").unwrap_or(name).to_vec()
}

/// The named stream of a path's last component.
pub(super) fn stream(path: &Components) -> Option<Vec<u8>> {
    if path.len() < 2 { None } else { stream_of(path.last()?) }
}

fn stream_of(component: &[u8]) -> Option<Vec<u8>> {
    let mut parts = component.splitn(2, |&byte| byte == b':');
    parts.next();
    Some(loosened(parts.next()?, true)).filter(|stream| !stream.is_empty())
}

/// What bare names are tested on where there is no canonical form.
pub(super) fn trusted(name: &[u8]) -> Components {
    let mut name = slashed(name);
    if name.len() > 1 && name[0].is_ascii_alphabetic() && name[1] == b':' {
        name.drain(..2);
    }
    let all: Vec<&[u8]> = name.split(|&byte| byte == b'\\').collect();
    let start = all.iter().rposition(|part| *part == b"..").map_or(0, |last| last + 1);
    let parts = all[start..].iter().filter(|part| **part != b".");
    parts.map(|part| fold(&loosened(part, true))).filter(|part| !part.is_empty()).collect()
}

pub(super) fn trusted_stream(name: &[u8]) -> Option<Vec<u8>> {
    let name = slashed(name);
    let last = name.split(|&byte| byte == b'\\').next_back()?;
    stream_of(&fold(last))
}

fn is_short_name(component: &[u8]) -> bool {
    let dot = component.iter().rposition(|&byte| byte == b'.');
    let (base, extension) = match dot {
        Some(dot) => (&component[..dot], &component[dot + 1..]),
        None => (component, &component[..0]),
    };
    let digits = base.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    // Half a surrogate pair is a character too, which text cannot have.
    let characters =
        |text: &[u8]| text.iter().filter(|&&byte| !(0x80..0xc0).contains(&byte)).count();
    digits > 0
        && base[..base.len() - digits].ends_with(b"~")
        && characters(base) <= 8
        && characters(extension) <= 3
}

fn is_device(component: &[u8]) -> bool {
    let text = String::from_utf8_lossy(component);
    let base = text.split(['.', ':', ' ']).next().unwrap_or_default();
    let port = base.strip_prefix("COM").or(base.strip_prefix("LPT"));
    let ports = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³"];
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&base)
        || port.is_some_and(|port| ports.contains(&port))
}

/// Domain and name of an account; no domain for one of this host.
pub(super) fn account(name: &[u8]) -> (Option<Vec<u8>>, Vec<u8>) {
    let host = world::host().map(|host| fold(host.as_bytes()));
    let name = fold(name);
    let Some(at) = name.iter().position(|&byte| byte == b'\\') else { return (None, name) };
    let (domain, name) = (name[..at].to_vec(), name[at + 1..].to_vec());
    let is_local = domain.is_empty() || domain == b"." || Some(&domain) == host.as_ref();
    (Some(domain).filter(|_| !is_local), name)
}

/// Whether an entry names an account.
pub(super) fn is_account(entry: &str, name: &[u8], allows: bool) -> bool {
    let qualified = entry.contains('\\');
    let ((entry_domain, entry), (domain, name)) = (account(entry.as_bytes()), account(name));
    if entry != name || entry_domain == domain || !qualified && !allows {
        return entry == name;
    }
    // Whoever denies asks whether both could be accounts of this host.
    let host = world::host().map(|host| computer(&fold(host.as_bytes())));
    let both: Vec<Option<Vec<u8>>> =
        [entry_domain, domain].map(|domain| domain.map(|domain| computer(&domain))).to_vec();
    let could = |name: &Option<Vec<u8>>| name.is_none() || host.is_none() || *name == host;
    let one = both[0].is_none() || both[1].is_none() || both[0] == both[1];
    !allows && one && both.iter().all(could)
}

/// The name of a computer as a domain.
fn computer(name: &[u8]) -> Vec<u8> {
    let label = name.split(|&byte| byte == b'.').next().unwrap_or_default();
    let label = &label[..label.len().min(15)];
    if label.is_empty() { name.to_vec() } else { label.to_vec() }
}
