//! Bindings as C programs write them: where a bundle is used, and how strictly.

use wardline::{Binding, Capabilities, Fail, Kind, Mode};

use crate::raw::{In, Items, wardline_bytes};
use crate::status::{Checked, wardline_status};
use crate::words::word;

/// A name and a value, UTF-8: an attribute of a target, or a device and the drive
/// it is.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_pair<'a> {
    /// Such as `host.name`, or `\Device\HarddiskVolume2`.
    pub name: wardline_bytes<'a>,
    /// Such as `web-1`, or `C:`.
    pub value: wardline_bytes<'a>,
}

/// Where a bundle is used and how strictly. `wardline_binding_default()` makes one
/// that is strict; a NULL binding is the same.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct wardline_binding<'a> {
    /// `sizeof(wardline_binding)`.
    pub size: u32,
    /// A `wardline_fail`; 0 is closed.
    pub fail: u32,
    /// A `wardline_mode`, the strongest that is used; 0 is enforce.
    pub mode_cap: u32,
    /// The kinds of events that this enforcer can prevent, as bits
    /// `1u << WARDLINE_KIND_…`; 0 is all, `WARDLINE_CAPABILITIES_NONE` is none. They
    /// decide nothing; the status compares them with what the policies ask for.
    pub capabilities: u32,
    /// The attributes that scopes are tested on. NULL is no target; then a bundle
    /// with scopes does not load.
    pub target: Items<'a, wardline_pair<'a>>,
    /// Which drive a device or volume is, on Windows.
    pub volumes: Items<'a, wardline_pair<'a>>,
    /// Copied into every decision; of a shared engine not used.
    pub generation: u64,
}

/// An enforcer that can only report.
pub const WARDLINE_CAPABILITIES_NONE: u32 = 1;

/// How many attributes or volumes a binding has, unless there is an allocator.
#[cfg(not(feature = "std"))]
const FEW: usize = 32;

/// Calls `f` with pairs as texts. A name or value that is missing or not UTF-8 is
/// refused.
pub(crate) fn with_pairs<'a, R>(
    pairs: &[wardline_pair<'a>],
    f: impl FnOnce(&[(&str, &str)]) -> Checked<R>,
) -> Checked<R> {
    let text = |pair: &wardline_pair<'a>| -> Checked<(&'a str, &'a str)> {
        Ok((pair.name.text()?, pair.value.text()?))
    };
    #[cfg(feature = "std")]
    {
        f(&pairs.iter().map(text).collect::<Checked<std::vec::Vec<_>>>()?)
    }
    #[cfg(not(feature = "std"))]
    {
        let mut few = [("", ""); FEW];
        let texts = few.get_mut(..pairs.len()).ok_or(wardline_status::Busy)?;
        for (place, pair) in texts.iter_mut().zip(pairs) {
            *place = text(pair)?;
        }
        f(texts)
    }
}

/// Calls `f` with the binding of the core.
pub(crate) fn with_binding<R>(
    binding: In<'_, wardline_binding<'_>>,
    f: impl FnOnce(&Binding<'_>) -> Checked<R>,
) -> Checked<R> {
    if binding.maybe().is_none() {
        return f(&Binding::default());
    }
    let binding = binding.sized()?;
    let target = binding.target.get()?;
    with_pairs(target.unwrap_or(&[]), |attributes| {
        with_pairs(binding.volumes.get()?.unwrap_or(&[]), |volumes| {
            f(&Binding {
                target: target.map(|_| attributes),
                fail: or_default(binding.fail, Fail::Closed, Fail::from_number)?,
                mode_cap: or_default(binding.mode_cap, Mode::Enforce, Mode::from_number)?,
                capabilities: capabilities(binding.capabilities)?,
                volumes,
                generation: binding.generation,
            })
        })
    })
}

fn or_default<T>(number: u32, default: T, from: impl Fn(u8) -> Option<T>) -> Checked<T> {
    match number {
        0 => Ok(default),
        number => word(number, from).ok_or(wardline_status::InvalidArgument),
    }
}

fn capabilities(bits: u32) -> Checked<Capabilities> {
    if bits == 0 {
        return Ok(Capabilities::ALL);
    }
    let (mut all, mut known) = (Capabilities::NONE, WARDLINE_CAPABILITIES_NONE);
    for &kind in Kind::ALL {
        let bit = bit(kind);
        known |= bit;
        if bits & bit != 0 {
            all = all.with(kind);
        }
    }
    if bits & !known == 0 { Ok(all) } else { Err(wardline_status::InvalidArgument) }
}

/// The kinds of a set, as bits.
pub(crate) fn bits(set: Capabilities) -> u32 {
    let kinds = Kind::ALL.iter().filter(|&&kind| set.can_block(kind));
    kinds.fold(0, |bits, &kind| bits | bit(kind))
}

fn bit(kind: Kind) -> u32 {
    1u32.wrapping_shl((kind as u32).wrapping_add(1))
}
