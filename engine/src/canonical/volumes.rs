//! Which drive a device is: what the enforcer knows and a path does not say.

use super::path_windows::{device_form, is_on_drive};
use super::room::{equals_folded, strip_folded, with_room};

/// Room for the map: some hundred volumes.
const CAPACITY: usize = 4 * 1024;

/// Devices and the drives they are, copied so that an engine borrows nothing.
///
/// Packed one after another: length `u16`, name in upper case; length `u16`,
/// drive as given.
#[derive(Clone, Debug)]
pub(crate) struct Volumes {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Volumes {
    pub(crate) const NONE: Volumes = Volumes { bytes: [0; CAPACITY], length: 0 };

    /// Copies a map; the number of the pair that cannot be taken otherwise.
    pub(crate) fn new(pairs: &[(&str, &str)]) -> Result<Volumes, usize> {
        let mut volumes = Volumes::NONE;
        for (index, (name, drive)) in pairs.iter().enumerate() {
            volumes.add(name.as_bytes(), drive.as_bytes()).ok_or(index)?;
        }
        Ok(volumes)
    }

    fn add(&mut self, name: &[u8], drive: &[u8]) -> Option<()> {
        let mut name = device_form(name)?;
        while let [rest @ .., b'\\' | b'/'] = name {
            name = rest;
        }
        // A bare `C:` is meant as the drive's root.
        let root = matches!(drive, [letter, b':'] if letter.is_ascii_alphabetic());
        // What all devices are below is none.
        let is_directory = equals_folded(name, b"DEVICE");
        if name.is_empty() || is_directory || !(root || is_on_drive(drive)) {
            return None;
        }
        // One device is not two drives.
        if let Some((other, [])) = self.find(name) {
            let other = other.strip_suffix(b"\\").unwrap_or(other);
            let drive = drive.strip_suffix(b"\\").unwrap_or(drive);
            return drive.eq_ignore_ascii_case(other).then_some(());
        }
        with_room(name.len(), |room| {
            room.push_folded(name);
            self.push(room.get()?)
        })?;
        match drive {
            [letter, b':'] => self.push(&[*letter, b':', b'\\']),
            _ => self.push(drive),
        }
    }

    fn push(&mut self, text: &[u8]) -> Option<()> {
        let length = u16::try_from(text.len()).ok()?.to_le_bytes();
        for &byte in length.iter().chain(text) {
            // Both separators are one.
            let byte = if byte == b'/' { b'\\' } else { byte };
            *self.bytes.get_mut(self.length)? = byte;
            self.length = self.length.wrapping_add(1);
        }
        Some(())
    }

    /// No drive of the map is longer.
    pub(crate) fn longest(&self) -> usize {
        self.length
    }

    /// The drive of a device, and what follows the device's name; of several
    /// the longest.
    pub(crate) fn find<'v, 'n>(&'v self, name: &'n [u8]) -> Option<(&'v [u8], &'n [u8])> {
        let mut rest = self.bytes.get(..self.length)?;
        let mut best: Option<(&[u8], &[u8], usize)> = None;
        while !rest.is_empty() {
            let (device, tail) = text(rest)?;
            let (drive, tail) = text(tail)?;
            rest = tail;
            let Some(below) = strip_folded(name, device) else { continue };
            let ends = below.first().is_none_or(|byte| matches!(byte, b'\\' | b'/'));
            if ends && best.is_none_or(|(_, _, longest)| device.len() > longest) {
                best = Some((drive, below, device.len()));
            }
        }
        best.map(|(drive, below, _)| (drive, below))
    }
}

/// The first text of a packed map, and what follows.
fn text(packed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = packed.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_one_drive() {
        let pairs = [(r"\Device\HarddiskVolume2", "c:"), (r"\device\harddiskvolume2\", "C:\\")];
        assert!(Volumes::new(&pairs).is_ok());
        let pairs = [(r"\Device\HarddiskVolume2", "C:"), (r"\DEVICE\HarddiskVolume2", "D:")];
        assert_eq!(Volumes::new(&pairs).err(), Some(1));
        let pairs = [(r"\Device\HarddiskVolume2", "C:"), (r"\Device\HarddiskVolume2\a", "D:")];
        assert!(Volumes::new(&pairs).is_ok());
    }

    #[test]
    fn the_directory_of_devices_is_none() {
        for name in [r"\Device", r"\device\", r"\\?\GLOBALROOT\Device"] {
            assert_eq!(Volumes::new(&[(name, "C:")]).err(), Some(0), "{name}");
        }
    }
}
