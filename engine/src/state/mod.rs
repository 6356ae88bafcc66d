//! State: bounded memory for controls over time, owned by the caller.
//!
//! The bytes of a state are its saved form: 64 bytes of header – magic
//! `89 57 4C 53 0D 0A 1A 0A`, version `u16`, six zeros, length `u64`, checksum
//! `u64` of bytes 0 to 24 and 32 to the end (written by [`State::save`]), the
//! seed (16 bytes), how often something was forgotten `u64`, how often records were
//! used `u64` – and then the sets (`state/table.rs`).

pub(crate) mod clock;
pub(crate) mod failures;
pub(crate) mod quarantine;
pub(crate) mod reports;
pub(crate) mod scan;
pub(crate) mod seen;
mod sip;
pub(crate) mod table;

use core::fmt;

use crate::bytes::{slice_at, u16_at, u64_at};
use crate::decision::RuleId;
use crate::hash::{checksum, hash};
use failures::OTHERS;
pub use quarantine::{ActorKind, Quarantine};
pub use seen::Seen;
use seen::Short;
pub(crate) use sip::Sip as Hash;
use table::{SET, Table};

const VERSION: u16 = 4;
const HEADER: usize = 64;

/// Bounded memory for controls over time: failed logins, who touched a decoy, who
/// tries many ports or hosts; and how often each throttled rule was reported.
///
/// `B` holds the bytes: `Vec<u8>`, `&mut [u8]`, a static array. Nothing else is
/// allocated, ever; when it is full, the least dangerous entry goes first and
/// the decision says [`overload`](crate::Decision::overload). One state belongs
/// to one enforcer and survives the engines that follow one another.
///
/// # Example
///
/// ```
/// use wardline::State;
///
/// // 16 bytes of a random source that nobody else knows.
/// let seed = [7; 16];
/// let state = State::new(vec![0; 1 << 20], seed)?;
/// assert_eq!(state.entries(), 0);
///
/// // A restart forgets nothing.
/// let mut state = state;
/// let saved = state.save().to_vec();
/// let state = State::restore(saved)?;
/// # Ok::<(), wardline::StateError>(())
/// ```
#[derive(Clone, Debug)]
pub struct State<B> {
    bytes: B,
    alert: Option<Alert>,
}

/// What the last decision with a state was told besides: see [`State::alert`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Alert {
    /// The rule.
    pub rule: RuleId,
    /// Failed logins since the last alert; for a scan, ports or hosts within
    /// the window, whichever are too many.
    pub count: u32,
    /// Of logins, the distinct users of the source or sources of the user, as
    /// far as they were told apart: at most 5, which means five or more.
    pub others: u8,
    pub(crate) seen: [Short; OTHERS],
}

impl Alert {
    /// An alert as it was before, for bindings that carry it in their own form;
    /// without those who were seen.
    pub const fn new(rule: RuleId, count: u32, others: u8) -> Alert {
        Alert { rule, count, others, seen: [[0; seen::SIZE]; OTHERS] }
    }

    /// The first four of [`Alert::others`].
    pub fn seen(&self) -> impl Iterator<Item = Seen<'_>> {
        // An alert that was made anew has none.
        let known = self.seen.iter().filter(|short| **short != [0; seen::SIZE]);
        known.take(usize::from(self.others)).map(Seen::read)
    }
}

/// Why bytes were not taken as a state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StateError {
    /// Less than [`State::LEAST`] bytes.
    TooSmall {
        /// How many there are.
        found: usize,
    },
    /// More bytes than there is memory for.
    TooLarge {
        /// How many were asked for.
        found: usize,
    },
    /// The bytes are no saved state.
    NotAState,
    /// Saved by a build with another format.
    Version {
        /// The version found.
        found: u16,
    },
    /// The bytes were cut short or changed since they were saved.
    Damaged,
}

crate::error::spelled! {
    StateError {
        StateError::TooSmall { .. } => "too_small",
        StateError::TooLarge { .. } => "too_large",
        StateError::NotAState => "not_a_state",
        StateError::Version { .. } => "version",
        StateError::Damaged => "damaged",
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateError::TooSmall { found } => {
                write!(f, "{found} bytes are too few for a state, which needs {}", HEADER + SET)
            }
            StateError::TooLarge { found } => {
                write!(f, "{found} bytes for a state are more than there is memory for")
            }
            StateError::NotAState => f.write_str("not a saved state"),
            StateError::Version { found } => {
                write!(f, "state format {found} is not the one this build reads ({VERSION})")
            }
            StateError::Damaged => {
                f.write_str("state is damaged: its length or checksum does not fit")
            }
        }
    }
}

impl core::error::Error for StateError {}

impl State<()> {
    /// What the bytes of every state begin with, of whatever version.
    pub const MAGIC: [u8; 8] = *b"\x89WLS\r\n\x1a\n";
    /// The fewest bytes of a state: 4,160.
    pub const LEAST: usize = HEADER + SET;
}

#[cfg(feature = "std")]
impl State<std::vec::Vec<u8>> {
    /// An empty state of `budget` bytes, which are allocated.
    ///
    /// * `seed` - as for [`State::new`].
    ///
    /// # Errors
    ///
    /// Those of [`State::new`], and [`StateError::TooLarge`] if the system refuses the
    /// memory; one that promises more than it has may still end the process.
    pub fn with_budget(budget: usize, seed: [u8; 16]) -> Result<Self, StateError> {
        let mut bytes = reserved(budget)?;
        bytes.resize(budget, 0);
        State::new(bytes, seed)
    }
}

/// Room for so many bytes.
#[cfg(feature = "std")]
pub(crate) fn reserved(budget: usize) -> Result<std::vec::Vec<u8>, StateError> {
    let mut bytes = std::vec::Vec::new();
    let found = budget;
    bytes.try_reserve_exact(budget).map_err(|_| StateError::TooLarge { found })?;
    Ok(bytes)
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> State<B> {
    /// An empty state in a buffer, whose bytes are overwritten.
    ///
    /// * `seed` - secret and random: whoever knows it can choose keys that push
    ///   others out.
    ///
    /// # Errors
    ///
    /// [`StateError::TooSmall`] below [`State::LEAST`] bytes. Of more, all but
    /// the last few thousand are used.
    pub fn new(mut buffer: B, seed: [u8; 16]) -> Result<Self, StateError> {
        let bytes = buffer.as_mut();
        let found = bytes.len();
        if found < State::LEAST {
            return Err(StateError::TooSmall { found });
        }
        bytes.fill(0);
        let length = (found as u64).to_le_bytes();
        let header =
            State::MAGIC.into_iter().chain(VERSION.to_le_bytes()).chain([0; 6]).chain(length);
        let header = header.chain([0; 8]).chain(seed);
        bytes.iter_mut().zip(header).for_each(|(to, from)| *to = from);
        Ok(State { bytes: buffer, alert: None })
    }

    /// A state that was saved.
    ///
    /// # Errors
    ///
    /// The bytes are no state, of another version, or damaged. Any bytes may be
    /// given; none can do worse than make a state forget.
    pub fn restore(buffer: B) -> Result<Self, StateError> {
        let bytes = buffer.as_ref();
        if bytes.len() < State::LEAST || !bytes.starts_with(&State::MAGIC) {
            return Err(StateError::NotAState);
        }
        let version = u16_at(bytes, 4);
        if version != VERSION {
            return Err(StateError::Version { found: version });
        }
        if u64_at(bytes, 2) != bytes.len() as u64 || u64_at(bytes, 3) != sum(bytes) {
            return Err(StateError::Damaged);
        }
        Ok(State { bytes: buffer, alert: None })
    }

    /// The bytes to keep over a restart; O(their number). They hold the seed,
    /// so keep them secret.
    pub fn save(&mut self) -> &[u8] {
        let sum = sum(self.bytes.as_ref()).to_le_bytes();
        if let Some(place) = self.bytes.as_mut().get_mut(24..32) {
            place.copy_from_slice(&sum);
        }
        self.bytes.as_ref()
    }

    /// How many keys are remembered.
    pub fn entries(&self) -> usize {
        let sets = self.bytes.as_ref().get(HEADER..).unwrap_or(&[]);
        let entries = table::records_of(sets).filter(|(head, _)| head.is_entry());
        entries.fold(0, |count, _| count.saturating_add(1))
    }

    /// How often something was forgotten that was worth keeping.
    pub fn forgotten(&self) -> u64 {
        u64_at(self.bytes.as_ref(), 6)
    }

    /// Everybody who is quarantined, also those whose time is over and whose
    /// place was not needed since.
    pub fn quarantines(&self) -> impl Iterator<Item = Quarantine<'_>> {
        let sets = self.bytes.as_ref().get(HEADER..).unwrap_or(&[]);
        table::records_of(sets)
            .filter(|(head, _)| head.kind == table::Kind::Quarantine)
            .map(|(head, body)| Quarantine::read(&head, body))
    }

    /// Releases somebody who is quarantined; whether there was somebody.
    ///
    /// * `id` - [`Quarantine::id`].
    pub fn release(&mut self, id: &[u8; 16]) -> bool {
        let mut table = self.table();
        let found = table.find(table::Kind::Quarantine, id);
        if let Some(place) = found {
            table.remove(place);
        }
        found.is_some()
    }

    /// How many audits were suppressed and not told yet by a decision, of all
    /// rules; [`Engine::suppressed`](crate::Engine::suppressed) has them by rule.
    pub fn suppressed(&self) -> u64 {
        self.reports().fold(0, |sum, (_, count)| sum.saturating_add(count))
    }

    /// The identities of rules and how many audits of each are not told yet.
    pub(crate) fn reports(&self) -> impl Iterator<Item = (u64, u64)> {
        let sets = self.bytes.as_ref().get(HEADER..).unwrap_or(&[]);
        table::records_of(sets)
            .filter(|(head, _)| head.kind == table::Kind::Reports)
            .map(|(head, body)| (head.identity, reports::suppressed(body)))
            .filter(|&(_, count)| count > 0)
    }

    /// What the last decision with this state found over time, beside the
    /// decision itself; `None` if nothing.
    pub fn alert(&self) -> Option<Alert> {
        self.alert
    }

    /// Forgets everything that belongs to no rule for which `keep` says yes;
    /// returns how many entries went.
    pub(crate) fn retain(&mut self, keep: impl Fn(u64) -> bool) -> usize {
        self.table().retain(|head| keep(head.identity))
    }

    #[cfg(feature = "std")]
    pub(crate) fn seed(&self) -> [u64; 2] {
        seed(self.bytes.as_ref())
    }

    pub(crate) fn table(&mut self) -> Table<'_> {
        let seed = seed(self.bytes.as_ref());
        let halves = self.bytes.as_mut().split_at_mut_checked(HEADER);
        let (header, sets) = halves.unwrap_or((&mut [], &mut []));
        let rest = sets.len() % SET;
        let whole = sets.len().saturating_sub(rest);
        Table {
            sets: sets.get_mut(..whole).unwrap_or(&mut []),
            uses: header.get_mut(56..).unwrap_or(&mut []),
            seed,
        }
    }

    pub(crate) fn set_alert(&mut self, alert: Option<Alert>, overload: bool) {
        self.alert = alert;
        if overload {
            let forgotten = self.forgotten().saturating_add(1).to_le_bytes();
            if let Some(place) = self.bytes.as_mut().get_mut(48..56) {
                place.copy_from_slice(&forgotten);
            }
        }
    }
}

fn seed(bytes: &[u8]) -> [u64; 2] {
    [u64_at(bytes, 4), u64_at(bytes, 5)]
}

fn sum(bytes: &[u8]) -> u64 {
    checksum(hash(0, slice_at(bytes, 0, 24)), bytes.get(32..).unwrap_or(&[]))
}
