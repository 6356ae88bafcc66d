//! Canonical Windows paths: upper case, one separator, `.` and `..` resolved.
//!
//! Win32 resolves `..` by its letters before it opens anything, so here that is
//! sound, other than on Linux. What a path is said to name falls in two:
//!
//! * Its *strict* form joins only what always names the same object. Exceptions
//!   and allow-lists look at it alone.
//! * Its *loose* form also drops what Win32 drops in some of its calls (dots and
//!   spaces at the end, streams): another object for those who go around Win32.
//!   Rules that deny look at both. Where there is one, no wildcard of an exception
//!   or allow-list may take the strict form in: it may not be what is opened.
//!
//! Of several faults the first counts: truncated, empty, with a `root` (Windows
//! has none), too long, no absolute form; then from left to right NUL, a
//! forbidden character, bytes that are no character, `..` behind `\\?\`; then from left to right in what is
//! left an 8.3 name or `Sysnative`, at last a device as last component.

use super::room::{Room, equals_folded, is_wtf8, strip_folded};
use super::volumes::Volumes;
use crate::canonical::path_linux::MAX_LENGTH;
use crate::decision::Invalid;
use crate::event::Base;

/// A canonical path: a drive `C:` or a share `\\HOST\SHARE`, and what is below.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowsPath<'r> {
    root: &'r [u8],
    /// Each component behind a `\`.
    below: &'r [u8],
}

impl<'r> WindowsPath<'r> {
    /// Reads a name as a process in `base` would use it.
    pub(crate) fn read(
        name: &[u8],
        base: &Base<'_>,
        volumes: &Volumes,
        room: &'r mut Room<'_>,
    ) -> Result<Self, Invalid> {
        if name.is_empty() {
            return Err(Invalid::PathEmpty);
        }
        if base.root.is_some() {
            return Err(Invalid::PathRelative);
        }
        let parts = [name, base.cwd.unwrap_or(&[]), base.dirfd_path.unwrap_or(&[])];
        let length = parts.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()));
        if length > MAX_LENGTH {
            return Err(Invalid::PathTooLong);
        }
        let place = match Form::read(name) {
            Form::Absolute(absolute) => absolute.push(volumes, room)?,
            Form::Rooted(below) => {
                let place = directory(base.cwd, volumes, room)?;
                room.truncate(place.root);
                place.push_below(below, room)?
            }
            Form::OnDrive(drive, below) => {
                let place = directory(base.cwd, volumes, room)?;
                let on_it = |path: &[u8]| path.starts_with(&[drive.to_ascii_uppercase(), b':']);
                if !room.get().is_some_and(on_it) {
                    return Err(Invalid::PathRelative);
                }
                place.push_below(below, room)?
            }
            Form::Relative => {
                let place = directory(base.dirfd_path.or(base.cwd), volumes, room)?;
                place.push_below(name, room)?
            }
        };
        let path = room.get().ok_or(Invalid::PathTooLong)?;
        let (root, below) = path.split_at_checked(place.root).ok_or(Invalid::PathTooLong)?;
        let path = WindowsPath { root, below };
        path.check()?;
        Ok(path)
    }

    /// The components of the strict form.
    pub(crate) fn strict(&self) -> impl Iterator<Item = &'r [u8]> + Clone + use<'r> {
        core::iter::once(self.root).chain(components(self.below))
    }

    /// The components of the loose form, if it is another.
    pub(crate) fn loose(&self) -> Option<impl Iterator<Item = &'r [u8]> + Clone + use<'r>> {
        let root = loosened_root(self.root, self.below.is_empty());
        let loose = core::iter::once(root).chain(loose(self.below));
        if loose.clone().eq(self.strict()) { None } else { Some(loose) }
    }

    /// The named stream of the last component, which may be run as a program.
    pub(crate) fn stream(&self) -> Option<&'r [u8]> {
        stream(components(self.below).last()?)
    }

    fn check(&self) -> Result<(), Invalid> {
        let mut all = loose(self.below);
        let (first, second) = (all.next(), all.next());
        let is_short = |component: Option<&[u8]>| component.is_some_and(is_short_name);
        if is_short(first) {
            return Err(Invalid::PathShortName);
        }
        let on_drive = self.root.len() == 2;
        if on_drive && first == Some(b"WINDOWS") && second == Some(b"SYSNATIVE") {
            return Err(Invalid::PathRedirected);
        }
        if is_short(second) || all.any(is_short_name) {
            return Err(Invalid::PathShortName);
        }
        match components(self.below).last() {
            Some(last) if is_device(last) => Err(Invalid::PathDevice),
            _ => Ok(()),
        }
    }
}

/// Puts a base down, which must be absolute by itself.
fn directory(
    directory: Option<&[u8]>,
    volumes: &Volumes,
    room: &mut Room<'_>,
) -> Result<Place, Invalid> {
    match directory.map(Form::read) {
        Some(Form::Absolute(absolute)) => absolute.push(volumes, room),
        _ => Err(Invalid::PathRelative),
    }
}

/// Where a path begins.
enum Form<'a> {
    Absolute(Absolute<'a>),
    /// `\x`: on the drive or share of the working directory.
    Rooted(&'a [u8]),
    /// `C:x`: in the working directory, if that is on the drive.
    OnDrive(u8, &'a [u8]),
    Relative,
}

enum Absolute<'a> {
    Drive {
        drive: u8,
        below: &'a [u8],
        verbatim: bool,
    },
    /// What follows `\\` or `\\?\UNC\`.
    Share {
        rest: &'a [u8],
        verbatim: bool,
    },
    /// A device, without what all their names begin with.
    Device(&'a [u8]),
}

impl<'a> Form<'a> {
    fn read(name: &'a [u8]) -> Form<'a> {
        if let Some(rest) = local_device(name) {
            return Form::below_devices(rest);
        }
        match name {
            [a, b, rest @ ..] if separates(a) && separates(b) => {
                Form::Absolute(Absolute::Share { rest, verbatim: false })
            }
            [a, rest @ ..] if separates(a) => {
                if let Some(rest) = object_directory(rest) {
                    return Form::below_devices(rest);
                }
                let begins = |with: &[u8]| {
                    strip_folded(rest, with).is_some_and(|rest| rest.first().is_none_or(separates))
                };
                if begins(b"DEVICE") || begins(b"SYSTEMROOT") || begins(b"GLOBALROOT") {
                    Form::Absolute(Absolute::Device(device(rest)))
                } else {
                    Form::Rooted(rest)
                }
            }
            [drive, b':', below @ ..] if drive.is_ascii_alphabetic() => {
                if below.first().is_some_and(separates) {
                    Form::Absolute(Absolute::Drive { drive: *drive, below, verbatim: false })
                } else {
                    Form::OnDrive(*drive, below)
                }
            }
            _ => Form::Relative,
        }
    }

    /// Reads a name in the namespace of devices.
    fn below_devices(name: &'a [u8]) -> Form<'a> {
        Form::Absolute(match name {
            [drive, b':', below @ ..]
                if drive.is_ascii_alphabetic() && below.first().is_some_and(separates) =>
            {
                Absolute::Drive { drive: *drive, below, verbatim: true }
            }
            _ => match strip_folded(name, br"UNC\") {
                Some(rest) => Absolute::Share { rest, verbatim: true },
                None => Absolute::Device(device(name)),
            },
        })
    }
}

impl Absolute<'_> {
    fn push(self, volumes: &Volumes, room: &mut Room<'_>) -> Result<Place, Invalid> {
        match self {
            Absolute::Drive { drive, below, verbatim } => {
                room.push_folded(&[drive, b':']);
                Place { root: room.len(), verbatim }.push_below(below, room)
            }
            Absolute::Share { rest, verbatim } => {
                let (host, rest) = first_component(rest);
                let (share, below) = first_component(rest);
                let host = host.strip_suffix(b".").unwrap_or(host);
                if host.is_empty() || share.is_empty() {
                    return Err(Invalid::PathRelative);
                }
                for part in [host, share] {
                    check_characters(part)?;
                    if matches!(part, b"." | b"..") {
                        return Err(Invalid::PathDotDot);
                    }
                }
                // Another name of a local drive or of its Windows directory.
                let opened = loosened(share, true);
                let is_drive = matches!(opened, [letter, b'$'] if letter.is_ascii_alphabetic());
                if is_drive || equals_folded(opened, b"ADMIN$") {
                    return Err(Invalid::PathRedirected);
                }
                room.push_folded(br"\\");
                room.push_folded(host);
                room.push(b'\\');
                room.push_folded(share);
                Place { root: room.len(), verbatim }.push_below(below, room)
            }
            Absolute::Device(name) => {
                let (drive, below) = volumes.find(name).ok_or(Invalid::PathVolume)?;
                let Form::Absolute(drive @ Absolute::Drive { .. }) = Form::read(drive) else {
                    return Err(Invalid::PathVolume);
                };
                let place = drive.push(volumes, room)?;
                Place { verbatim: true, ..place }.push_below(below, room)
            }
        }
    }
}

/// A path on its way.
#[derive(Clone, Copy)]
struct Place {
    /// The length of the root, above which no `..` leads.
    root: usize,
    /// No `..` is understood.
    verbatim: bool,
}

impl Place {
    fn push_below(self, below: &[u8], room: &mut Room<'_>) -> Result<Place, Invalid> {
        let mut rest = below;
        while !rest.is_empty() {
            let (component, tail) = first_component(rest);
            rest = tail;
            check_characters(component)?;
            match component {
                [] | b"." => {}
                b".." if self.verbatim => return Err(Invalid::PathDotDot),
                b".." => {
                    let path = room.get().ok_or(Invalid::PathTooLong)?;
                    let last = path.iter().rposition(|&byte| byte == b'\\').unwrap_or(0);
                    room.truncate(last.max(self.root));
                }
                _ => {
                    room.push(b'\\');
                    room.push_folded(component);
                }
            }
        }
        Ok(self)
    }
}

fn separates(byte: &u8) -> bool {
    matches!(byte, b'\\' | b'/')
}

/// The first component that is not empty, and what follows its separator.
fn first_component(path: &[u8]) -> (&[u8], &[u8]) {
    let start = path.iter().position(|byte| !separates(byte)).unwrap_or(path.len());
    let path = path.get(start..).unwrap_or(&[]);
    let end = path.iter().position(separates).unwrap_or(path.len());
    let (component, rest) = path.split_at_checked(end).unwrap_or((path, &[]));
    (component, rest.get(1..).unwrap_or(&[]))
}

fn check_characters(component: &[u8]) -> Result<(), Invalid> {
    for byte in component {
        match byte {
            0 => return Err(Invalid::PathNul),
            b'<' | b'>' | b'"' | b'|' | b'?' | b'*' => return Err(Invalid::PathCharacter),
            _ => {}
        }
    }
    if is_wtf8(component) { Ok(()) } else { Err(Invalid::PathCharacter) }
}

/// What follows `\\?\`, `\\.\` or `\??\`.
fn local_device(name: &[u8]) -> Option<&[u8]> {
    match name {
        [a, b, b'?' | b'.', c, rest @ ..] if separates(a) && separates(b) && separates(c) => {
            Some(rest)
        }
        [a, b'?', b'?', b, rest @ ..] if separates(a) && separates(b) => Some(rest),
        _ => None,
    }
}

/// What follows `DosDevices\` or `GLOBAL??\`, the directories of objects that
/// `\??\` stands for.
fn object_directory(name: &[u8]) -> Option<&[u8]> {
    strip_folded(name, br"DOSDEVICES\").or_else(|| strip_folded(name, br"GLOBAL??\"))
}

/// A device's name without what leads to the namespace of devices.
fn device(name: &[u8]) -> &[u8] {
    let after = strip_folded(name, b"GLOBALROOT").filter(|rest| rest.first().is_none_or(separates));
    let name = after.unwrap_or(name);
    let start = name.iter().position(|byte| !separates(byte)).unwrap_or(name.len());
    name.get(start..).unwrap_or(&[])
}

/// A device's name as a binding gives it, for [`Volumes`].
pub(crate) fn device_form(name: &[u8]) -> Option<&[u8]> {
    match Form::read(name) {
        Form::Absolute(Absolute::Device(name)) if !name.is_empty() => Some(name),
        _ => None,
    }
}

/// Whether a path begins with a drive: what a volume may be mapped to.
pub(crate) fn is_on_drive(path: &[u8]) -> bool {
    matches!(Form::read(path), Form::Absolute(Absolute::Drive { verbatim: false, .. }))
}

/// The components of what is below a root.
fn components(below: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    below.split(|&byte| byte == b'\\').skip(1)
}

/// The components as Win32 would take them; see the module's text.
fn loose(below: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let last = below.iter().rposition(|&byte| byte == b'\\').unwrap_or(0);
    // Where a component begins tells whether it is the last.
    let mut at = 0usize;
    components(below)
        .map(move |component| {
            let is_last = at == last;
            at = at.wrapping_add(component.len()).wrapping_add(1);
            loosened(component, is_last)
        })
        .filter(|component| !component.is_empty())
}

/// A root whose share is as loose as a component.
fn loosened_root(root: &[u8], last: bool) -> &[u8] {
    let Some(end) = root.iter().rposition(|&byte| byte == b'\\') else { return root };
    let Some((_, share)) = root.split_at_checked(end.wrapping_add(1)) else { return root };
    let share = loosened(share, last);
    if share.is_empty() {
        return root;
    }
    root.get(..end.wrapping_add(1).wrapping_add(share.len())).unwrap_or(root)
}

/// A component without stream, and without what Win32 drops at its end.
fn loosened(component: &[u8], last: bool) -> &[u8] {
    let end = component.iter().position(|&byte| byte == b':').unwrap_or(component.len());
    let mut name = component.get(..end).unwrap_or(component);
    if !last {
        return name.strip_suffix(b".").unwrap_or(name);
    }
    while let [rest @ .., b'.' | b' '] = name {
        name = rest;
    }
    name
}

/// The name of a component's stream, as loose as a last component.
fn stream(component: &[u8]) -> Option<&[u8]> {
    let start = component.iter().position(|&byte| byte == b':')?;
    let stream = component.get(start.wrapping_add(1)..)?;
    let name = loosened(stream, true);
    if name.is_empty() { None } else { Some(name) }
}

/// The components of a name that has no canonical form, after its last `..`:
/// enough to test bare names on it. Each as loose as a last one.
pub(crate) fn raw_components<'r>(
    name: &[u8],
    room: &'r mut Room<'_>,
) -> impl Iterator<Item = &'r [u8]> + Clone + use<'r> {
    // Longer than any path: what stands at its end names the object.
    let tail = name.len().saturating_sub(MAX_LENGTH / 2);
    room.push(b'\\');
    let mut rest = name.get(tail..).unwrap_or(name);
    if let [drive, b':', below @ ..] = rest
        && drive.is_ascii_alphabetic()
    {
        rest = below;
    }
    while !rest.is_empty() {
        let (component, after) = first_component(rest);
        rest = after;
        if component == b".." {
            room.truncate(1);
        } else if component != b"." {
            room.push_folded(component);
            room.push(b'\\');
        }
    }
    let all = room.get().unwrap_or(&[]);
    let components = all.split(|&byte| byte == b'\\').map(|component| loosened(component, true));
    components.filter(|component| !component.is_empty())
}

/// The named stream of a name's last component, in upper case.
pub(crate) fn raw_stream<'r>(name: &[u8], room: &'r mut Room<'_>) -> Option<&'r [u8]> {
    let start = name.iter().rposition(separates).map_or(0, |at| at.wrapping_add(1));
    room.push_folded(name.get(start..)?);
    stream(room.get()?)
}

/// `LONGNA~1.TXT`: up to 8 characters that end in `~` and digits, and up to 3.
/// Such a name stands for another one, which only the volume knows.
pub(crate) fn is_short_name(component: &[u8]) -> bool {
    let dot = component.iter().rposition(|&byte| byte == b'.');
    let (base, extension) = match dot.and_then(|dot| component.split_at_checked(dot)) {
        Some((base, extension)) => (base, extension.get(1..).unwrap_or(&[])),
        None => (component, &[][..]),
    };
    let mut stem = base;
    while let [rest @ .., b'0'..=b'9'] = stem {
        stem = rest;
    }
    stem.len() < base.len()
        && stem.ends_with(b"~")
        && characters(base) <= 8
        && characters(extension) <= 3
}

fn characters(text: &[u8]) -> usize {
    text.iter().fold(0usize, |count, byte| count.saturating_add(usize::from(byte & 0xc0 != 0x80)))
}

/// A name in upper case that is a device in every directory, whatever follows a
/// dot, colon or space.
pub(crate) fn is_device(component: &[u8]) -> bool {
    let end = component.iter().position(|byte| matches!(byte, b'.' | b':' | b' '));
    let name = component.get(..end.unwrap_or(component.len())).unwrap_or(component);
    match name {
        b"CON" | b"PRN" | b"AUX" | b"NUL" | b"CONIN$" | b"CONOUT$" => true,
        [b'C', b'O', b'M', port @ ..] | [b'L', b'P', b'T', port @ ..] => {
            // 1 to 9, and the superscripts of 1, 2 and 3.
            matches!(port, [b'1'..=b'9'] | [0xc2, 0xb9 | 0xb2 | 0xb3])
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::room::with_room;
    use std::borrow::ToOwned;
    use std::string::String;
    use std::vec;
    use std::vec::Vec;

    /// Strict and loose form, components joined by `|`.
    fn canonical(name: &[u8], base: &Base<'_>) -> Result<(String, Option<String>), Invalid> {
        let volumes = Volumes::new(&[
            (r"\Device\HarddiskVolume2", "C:"),
            (r"\\?\Volume{b75e2c83-0000}\", r"D:\data"),
        ]);
        with_room(name.len(), |room| {
            let path = WindowsPath::read(name, base, &volumes.unwrap(), room)?;
            let text = |parts: Vec<&[u8]>| String::from_utf8(parts.join(&b'|')).unwrap();
            Ok((text(path.strict().collect()), path.loose().map(|loose| text(loose.collect()))))
        })
    }

    macro_rules! t {
        ($name:ident, $path:expr $(, $field:ident: $value:expr)* => $want:expr $(, $loose:expr)?) => {
            #[test]
            fn $name() {
                let base = Base { $($field: Some($value),)* ..Base::NONE };
                let want: Result<&str, Invalid> = $want;
                let loose: &[&str] = &[$($loose)?];
                let loose = loose.first().map(|&loose| loose.to_owned());
                let want = want.map(|strict| (strict.to_owned(), loose));
                assert_eq!(canonical($path, &base), want);
            }
        };
    }

    t!(plain, br"C:\Windows\System32" => Ok("C:|WINDOWS|SYSTEM32"));
    t!(root_itself, br"c:\" => Ok("C:"));
    t!(slashes, b"c:/windows//system32/" => Ok("C:|WINDOWS|SYSTEM32"));
    t!(beyond_ascii, "C:\\Ärger\\ÿ".as_bytes() => Ok("C:|ÄRGER|Ÿ"));
    t!(longer_in_upper_case, "C:\\ɐ".as_bytes() => Ok("C:|Ɐ"));
    t!(dots, br"C:\a\.\b\..\c" => Ok("C:|A|C"));
    t!(not_above_the_drive, br"C:\..\..\x" => Ok("C:|X"));
    t!(verbatim, br"\\?\C:\a\b" => Ok("C:|A|B"));
    t!(nt_prefix, br"\??\c:\a" => Ok("C:|A"));
    t!(local_device_prefix, br"\\.\C:\a" => Ok("C:|A"));
    t!(dot_dot_is_literal_behind_a_prefix, br"\\?\C:\a\..\b" => Err(Invalid::PathDotDot));
    t!(the_drive_as_device, br"\\.\C:" => Err(Invalid::PathVolume));
    t!(share, br"\\Server.\Share\x" => Ok(r"\\SERVER\SHARE|X"));
    t!(not_above_the_share, br"\\s\t\..\..\x" => Ok(r"\\S\T|X"));
    t!(verbatim_share, br"\\?\unc\s\t\x" => Ok(r"\\S\T|X"));
    t!(host_alone, br"\\server" => Err(Invalid::PathRelative));
    t!(drive_share, br"\\localhost\C$\x" => Err(Invalid::PathRedirected));
    t!(admin_share, br"\\localhost\admin$\x" => Err(Invalid::PathRedirected));
    t!(drive_share_with_a_dot, br"\\localhost\C$.\x" => Err(Invalid::PathRedirected));
    t!(share_with_a_dot, br"\\s\t.\x" => Ok(r"\\S\T.|X"), r"\\S\T|X");
    t!(share_of_dots, br"\\s\...\x" => Ok(r"\\S\...|X"), r"\\S\..|X");
    t!(dos_devices, br"\DosDevices\c:\a" => Ok("C:|A"));
    t!(global_devices, br"\GLOBAL??\c:\a" => Ok("C:|A"));
    t!(dos_devices_alone, br"\DosDevices", cwd: br"C:\a" => Ok("C:|DOSDEVICES"));
    t!(no_text, b"C:\\a\xff" => Err(Invalid::PathCharacter));
    t!(trailing_dot, br"C:\a\b. ." => Ok("C:|A|B. ."), "C:|A|B");
    t!(inner_space, br"C:\Windows \b" => Ok("C:|WINDOWS |B"));
    t!(inner_dot, br"C:\a.\b" => Ok("C:|A.|B"), "C:|A|B");
    t!(stream_of_a_file, br"C:\a.txt:evil:$DATA" => Ok("C:|A.TXT:EVIL:$DATA"), "C:|A.TXT");
    t!(stream_of_a_directory, br"C:\a::$INDEX_ALLOCATION\b" => Ok("C:|A::$INDEX_ALLOCATION|B"), "C:|A|B");
    t!(only_dots, br"C:\a\..." => Ok("C:|A|..."), "C:|A");
    t!(relative, br"a\b" => Err(Invalid::PathRelative));
    t!(relative_to_cwd, br"..\b", cwd: br"C:\a" => Ok("C:|B"));
    t!(rooted, br"\b", cwd: br"C:\a" => Ok("C:|B"));
    t!(rooted_on_a_share, br"\b", cwd: br"\\s\t\a" => Ok(r"\\S\T|B"));
    t!(on_this_drive, br"c:b", cwd: br"C:\a" => Ok("C:|A|B"));
    t!(on_another_drive, br"d:b", cwd: br"C:\a" => Err(Invalid::PathRelative));
    t!(dirfd_wins, br"b", cwd: br"C:\a", dirfd_path: br"D:\x" => Ok("D:|X|B"));
    t!(no_process_root, br"C:\b", root: br"C:\a" => Err(Invalid::PathRelative));
    t!(nul, b"C:\\a\0b" => Err(Invalid::PathNul));
    t!(wildcard, br"C:\a?b" => Err(Invalid::PathCharacter));
    t!(short_name, br"C:\PROGRA~1\x" => Err(Invalid::PathShortName));
    t!(short_name_with_extension, br"C:\report~1.txt" => Err(Invalid::PathShortName));
    t!(short_name_that_is_left_again, br"C:\PROGRA~1\..\x" => Ok("C:|X"));
    t!(tilde_that_is_none, br"C:\~$report.docx" => Ok("C:|~$REPORT.DOCX"));
    t!(too_long_for_8_3, br"C:\reports~1.text" => Ok("C:|REPORTS~1.TEXT"));
    t!(sysnative, br"C:\Windows\SysNative\x" => Err(Invalid::PathRedirected));
    t!(sysnative_elsewhere, br"C:\a\sysnative" => Ok("C:|A|SYSNATIVE"));
    t!(device_name, br"C:\a\nul" => Err(Invalid::PathDevice));
    t!(device_name_with_more, br"C:\a\con .txt" => Err(Invalid::PathDevice));
    t!(device_name_superscript, "C:\\com²:".as_bytes() => Err(Invalid::PathDevice));
    t!(device_name_as_directory, br"C:\nul\a" => Ok("C:|NUL|A"));
    t!(no_device_name, br"C:\nul0" => Ok("C:|NUL0"));
    t!(unmapped_volume, br"\Device\HarddiskVolume1\a" => Err(Invalid::PathVolume));
    t!(mapped_volume, br"\device\harddiskvolume2\a" => Ok("C:|A"));
    t!(mapped_prefix_ends_with_a_component, br"\device\harddiskvolume21\a" => Err(Invalid::PathVolume));
    t!(mapped_from_globalroot, br"\\?\GLOBALROOT\Device\HarddiskVolume2\a" => Ok("C:|A"));
    t!(mapped_volume_with_directory, br"\\?\volume{B75E2C83-0000}\a" => Ok("D:|DATA|A"));
    t!(pipe, br"\\.\pipe\x" => Err(Invalid::PathVolume));

    #[test]
    fn too_long() {
        let name = [br"C:\".to_vec(), vec![b'a'; MAX_LENGTH]].concat();
        assert_eq!(canonical(&name, &Base::NONE), Err(Invalid::PathTooLong));
        // It fits as it is written, but not in upper case.
        let name = ["C:\\", &"ɐ".repeat(30_000)].concat();
        assert_eq!(canonical(name.as_bytes(), &Base::NONE), Err(Invalid::PathTooLong));
    }

    #[test]
    fn names_without_canonical_form_still_have_components() {
        with_room(100, |room| {
            let raw: Vec<_> = raw_components(br"C:x\..\PROGRA~1/Evil.exe. :s", room).collect();
            assert_eq!(raw, [&b"PROGRA~1"[..], b"EVIL.EXE"]);
        });
        with_room(100, |room| {
            assert_eq!(raw_stream(br"a\b:evil.exe:$DATA", room), Some(&b"EVIL.EXE"[..]))
        });
    }
}
