//! Bit rows: which rules of a kind a value concerns, 64 rules a word.
//!
//! * `Rows`: row 0 is empty; row `r` is `words` little-endian `u64` from
//!   `r * words`, the lowest bit of the first word being the first rule.
//! * `Outcomes`: outcome `o` is four `u32` from `4 * o`, the rows for the roles
//!   listed, excepted, ancestor and second. Outcome 0 is empty.
//! * `Conditions`: for each word of rules, by [`Condition`], which of them have it:
//!   [`CONDITIONS`] `u64`. Every decision asks for several.
//!
//! Rules are combined `W` words at a time, so that their number has no limit
//! and nothing is allocated.

use crate::bundle::Extent;
use crate::bytes::{record_at, u32_at, u64_at};
use crate::decide::OPERATIONS;

/// What is known about a rule before any event.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub(crate) enum Condition {
    /// It exists.
    Always = 0,
    /// It is about no object: every event of its kind and operation.
    AnyObject = 1,
    /// It lists paths or names of objects that it denies.
    Paths = 2,
    /// It excepts paths of objects.
    ExceptPaths = 3,
    /// It lists what is allowed instead of what is denied.
    AllowList = 4,
    /// It has a second allow-list, for root.
    AllowRoot = 5,
    /// It matches a program without a file.
    Fileless = 6,
    /// It lists digests.
    Digests = 7,
    /// It is not restricted to some users.
    AnyUser = 8,
    /// It is restricted to users, some by name.
    UserNames = 9,
    /// It is restricted to users, some by id.
    UserIds = 10,
    /// It is restricted to users, some by SID.
    UserSids = 11,
    /// It excepts users, some by name.
    ExceptUserNames = 12,
    /// It excepts users, some by id.
    ExceptUserIds = 13,
    /// It excepts users, some by SID.
    ExceptUserSids = 14,
    /// It is not restricted to some processes.
    AnyProcess = 15,
    /// It is not restricted to some ports.
    AnyPort = 16,
    /// It is restricted to some ports of the peers that it lists.
    PortsOfPeers = 17,
    /// It lists networks or endpoints.
    Networks = 18,
    /// It excepts networks.
    ExceptNetworks = 19,
    /// It lists domain names.
    Domains = 20,
    /// It excepts domain names.
    ExceptDomains = 21,
    /// It is about shells.
    Shells = 22,
    /// It matches a program whose standard input or output is a socket.
    Sockets = 23,
    /// It lists groups, some by name.
    GroupNames = 24,
    /// It lists groups, some by id.
    GroupIds = 25,
    /// It lists groups, some by SID.
    GroupSids = 26,
    /// It is restricted to some values of registry keys.
    Values = 27,
    /// It acts on the first operation; the others follow.
    Operations = 32,
}

/// How many conditions there are, operations included.
pub(crate) const CONDITIONS: usize = Condition::Operations as usize + OPERATIONS;

/// `W` words of rules.
pub(crate) type Words<const W: usize> = [u64; W];

/// What a field's values say about `W` words of rules, by role.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hits<const W: usize> {
    pub(crate) listed: Words<W>,
    pub(crate) excepted: Words<W>,
    pub(crate) ancestor: Words<W>,
    pub(crate) second: Words<W>,
}

impl<const W: usize> Hits<W> {
    pub(crate) const NONE: Self =
        Hits { listed: [0; W], excepted: [0; W], ancestor: [0; W], second: [0; W] };
}

/// The rows of one kind, seen through a window of `W` words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'a, const W: usize> {
    bundle: &'a [u8],
    /// Most events match nothing: these are looked up when something does.
    rows: Extent,
    outcomes: Extent,
    conditions: [&'a [u8; 8 * CONDITIONS]; W],
    /// Words in a whole row.
    words: usize,
    /// The first word of the window.
    start: usize,
}

impl<'a, const W: usize> Rows<'a, W> {
    #[inline]
    pub(crate) fn new(
        bundle: &'a [u8],
        [rows, outcomes, conditions]: [Extent; 3],
        words: usize,
        start: usize,
    ) -> Self {
        let all = conditions.of(bundle);
        let mut conditions = [&[0; 8 * CONDITIONS]; W];
        for (offset, place) in conditions.iter_mut().enumerate() {
            if let Some(of_word) = record_at(all, start.wrapping_add(offset)) {
                *place = of_word;
            }
        }
        Rows { bundle, rows, outcomes, conditions, words, start }
    }

    /// The rules that have a condition.
    #[inline]
    pub(crate) fn condition(&self, condition: Condition) -> Words<W> {
        self.condition_at(condition as usize)
    }

    /// The rules that act on an operation, counted from [`Condition::Operations`].
    #[inline]
    pub(crate) fn operation(&self, operation: usize) -> Words<W> {
        self.condition_at((Condition::Operations as usize).wrapping_add(operation))
    }

    #[inline]
    fn condition_at(&self, index: usize) -> Words<W> {
        self.conditions.map(|of_word| u64_at(of_word, index))
    }

    /// Adds what an outcome says.
    #[inline]
    pub(crate) fn add(&self, outcome: u32, hits: &mut Hits<W>) {
        if outcome == 0 {
            return;
        }
        let outcomes = self.outcomes.of(self.bundle);
        let Some(record) = record_at::<16>(outcomes, outcome as usize) else { return };
        let rows = self.rows.of(self.bundle);
        // A window of one word is never behind the last.
        let left = if W == 1 { 1 } else { self.words.wrapping_sub(self.start) };
        let Hits { listed, excepted, ancestor, second } = hits;
        for (role, words) in [listed, excepted, ancestor, second].into_iter().enumerate() {
            let row = u32_at(record, role) as usize;
            // Row 0 is empty.
            if row == 0 {
                continue;
            }
            let first = row.wrapping_mul(self.words).wrapping_add(self.start);
            for (offset, word) in words.iter_mut().enumerate().take(left) {
                *word |= u64_at(rows, first.wrapping_add(offset));
            }
        }
    }
}

/// A statement about `W` words of rules that is true, false, or unknown
/// because a field is invalid (Kleene's strong three-valued logic).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Truth<const W: usize> {
    /// Certainly true.
    pub(crate) yes: Words<W>,
    /// Not certainly false.
    pub(crate) maybe: Words<W>,
}

impl<const W: usize> Truth<W> {
    pub(crate) const NO: Self = Truth { yes: [0; W], maybe: [0; W] };
    pub(crate) const YES: Self = Truth { yes: [!0; W], maybe: [!0; W] };

    /// Known for every rule.
    #[inline]
    pub(crate) fn known(words: Words<W>) -> Self {
        Truth { yes: words, maybe: words }
    }

    /// Unknown for these rules, false for the others.
    #[inline]
    pub(crate) fn unknown(words: Words<W>) -> Self {
        Truth { yes: [0; W], maybe: words }
    }

    /// The words from `start`; rules beyond the last word are false.
    #[inline]
    pub(crate) fn window<const V: usize>(&self, start: usize) -> Truth<V> {
        let mut window = Truth::NO;
        let from = |words: &Words<W>, window: &mut Words<V>| {
            for (to, &word) in window.iter_mut().zip(words.iter().skip(start)) {
                *to = word;
            }
        };
        from(&self.yes, &mut window.yes);
        from(&self.maybe, &mut window.maybe);
        window
    }

    #[inline]
    pub(crate) fn and(self, other: Self) -> Self {
        Truth {
            yes: zip(self.yes, other.yes, |a, b| a & b),
            maybe: zip(self.maybe, other.maybe, |a, b| a & b),
        }
    }

    #[inline]
    pub(crate) fn or(self, other: Self) -> Self {
        Truth {
            yes: zip(self.yes, other.yes, |a, b| a | b),
            maybe: zip(self.maybe, other.maybe, |a, b| a | b),
        }
    }

    #[inline]
    pub(crate) fn not(self) -> Self {
        Truth { yes: self.maybe.map(|word| !word), maybe: self.yes.map(|word| !word) }
    }
}

#[inline]
fn zip<const W: usize>(mut a: Words<W>, b: Words<W>, f: impl Fn(u64, u64) -> u64) -> Words<W> {
    for (a, b) in a.iter_mut().zip(b) {
        *a = f(*a, b);
    }
    a
}
