//! One line as a tape: its values in the order of the line, each container before
//! what it holds, and of texts only where they are. A tape is used again and again,
//! so that a line takes no memory once the tape is as long as lines are.
//!
//! It keeps what events need and serde's own tree loses: duplicate keys, whether a
//! number was spelled as an integer, and where a value stood.
//!
//! A line is read in one pass. What `serde_json` would give up the whole line for,
//! though only one value is at fault (half a surrogate pair, a number beyond every
//! float), and what one pass does not tell (how a number beyond `u64` is spelled) is
//! rare: then the line is read again by parts, every value first as raw text and
//! then by itself. That takes time in proportion to depth, which is limited.

use core::fmt;
use core::ops::Range;
use std::string::String;
use std::vec::Vec;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::names::{Field, Names};

/// The values of one line.
#[derive(Debug, Default)]
pub(super) struct Tape {
    /// The line, and behind it the texts that are spelled otherwise there.
    bytes: Vec<u8>,
    nodes: Vec<Node>,
    /// The keys that name no field, of the objects that are being read.
    strangers: Vec<Span>,
    /// Some object has a key twice.
    duplicate: bool,
    metadata: Option<Span>,
    /// Every value is read by itself.
    by_parts: bool,
}

/// One value, and which field of its object it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    field: Option<Field>,
    value: Value,
}

/// One JSON value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    Flag(bool),
    /// Digits alone, below 2^64.
    Natural(u64),
    /// Another integer without fraction and exponent.
    OutOfRange,
    /// A number with fraction or exponent, also `1.0` and `1e0`.
    Fraction,
    Text(Span),
    /// The bytes of `{"hex": "…"}`.
    Hex(Span),
    /// So many nodes after this one are inside it.
    List(usize),
    /// Likewise; each has a field if its key names one.
    Object(usize),
    /// `null`, which stands for no value of any field.
    Null,
    /// JSON by its grammar, but nested too deeply or with half a surrogate pair.
    Unreadable,
}

/// Where in [`Tape::bytes`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl Tape {
    /// Reads one line, forgetting the last. Whether it is one JSON object.
    pub(super) fn read(&mut self, line: &[u8]) -> bool {
        self.clear();
        let Ok(line) = str::from_utf8(line) else { return false };
        self.bytes.extend_from_slice(line.as_bytes());
        let start = self.mark();
        for by_parts in [false, true] {
            self.by_parts = by_parts;
            let mut json = serde_json::Deserializer::from_str(line);
            let event = json.deserialize_map(Event { tape: self, line });
            if event.and_then(|()| json.end()).is_ok() {
                return true;
            }
            self.back_to(start);
            self.metadata = None;
        }
        false
    }

    /// Forgets the line, and memory that only a very long one took.
    fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        self.nodes.clear();
        self.nodes.shrink_to(KEPT);
        self.strangers.clear();
        self.strangers.shrink_to(KEPT);
        self.duplicate = false;
        self.metadata = None;
    }

    /// The members of the event.
    pub(super) fn members(&self) -> Siblings<'_> {
        Siblings(&self.nodes)
    }

    pub(super) fn bytes(&self, span: Span) -> &[u8] {
        self.bytes.get(span.range()).unwrap_or_default()
    }

    pub(super) fn has_duplicate(&self) -> bool {
        self.duplicate
    }

    /// The first `metadata` that is readable and not `null`, as it was written.
    pub(super) fn metadata(&self) -> Option<&str> {
        str::from_utf8(self.bytes(self.metadata?)).ok()
    }

    /// Whether every byte is ASCII, as in most lines.
    pub(super) fn is_ascii(&self) -> bool {
        self.bytes.is_ascii()
    }

    /// Puts what `map` makes of a text or of bytes in their place, for every value
    /// of these fields and of lists in them.
    pub(super) fn map(&mut self, fields: &[Field], map: impl Fn(&[u8]) -> Option<String>) {
        let mut at = 0;
        while let Some(&Node { field, value }) = self.nodes.get(at) {
            let next = at + 1 + value.inside();
            if field.is_some_and(|field| fields.contains(&field)) {
                // Of a list its elements, and of one of its elements nothing deeper.
                let (mut each, end) = match value {
                    Value::List(_) => (at + 1, next),
                    _ => (at, at + 1),
                };
                while each < end {
                    let value = self.nodes[each].value;
                    if let Value::Text(span) | Value::Hex(span) = value
                        && let Some(mapped) = map(self.bytes(span))
                    {
                        self.nodes[each].value = Value::Text(self.append(mapped.as_bytes()));
                    }
                    each += 1 + value.inside();
                }
            }
            at = next;
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Span {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        Span { start, end: self.bytes.len() }
    }

    fn push(&mut self, field: Option<Field>, value: Value) {
        self.nodes.push(Node { field, value });
    }

    /// Reads a value by itself. `raw` is JSON by its grammar.
    fn part<'de>(&mut self, place: Place<'de>, raw: &'de str) {
        if raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return self.push(place.field, number(raw));
        }
        let before = self.mark();
        let read = Reader { tape: self, place };
        if serde_json::Deserializer::from_str(raw).deserialize_any(read).is_err() {
            self.back_to(before);
            self.push(place.field, Value::Unreadable);
        }
    }

    /// Closes the object at a node: it may be bytes.
    fn close_object(&mut self, at: usize) {
        let value = match self.nodes[at + 1..] {
            [Node { field: Some(Field::Hex), value: Value::Text(digits) }] => self.hex(digits),
            _ => None,
        };
        if value.is_some() {
            self.nodes.truncate(at + 1);
        }
        let inside = self.nodes.len() - at - 1;
        self.nodes[at].value = value.unwrap_or(Value::Object(inside));
    }

    fn hex(&mut self, digits: Span) -> Option<Value> {
        if digits.range().len() % 2 != 0 {
            return None;
        }
        let start = self.bytes.len();
        for at in digits.range().step_by(2) {
            let digit = |at: usize| char::from(self.bytes[at]).to_digit(16);
            let (Some(high), Some(low)) = (digit(at), digit(at + 1)) else {
                self.bytes.truncate(start);
                return None;
            };
            self.bytes.push((high * 16 + low) as u8);
        }
        Some(Value::Hex(Span { start, end: self.bytes.len() }))
    }

    /// Notes whether two of the last strangers are the same, and forgets them.
    /// O(n log n), because an attacker may choose how many there are.
    fn compare_strangers(&mut self, first: usize) {
        let (bytes, keys) = (&self.bytes, &mut self.strangers[first..]);
        if keys.len() > 1 {
            keys.sort_unstable_by(|one, other| bytes[one.range()].cmp(&bytes[other.range()]));
            let same = |pair: &[Span]| bytes[pair[0].range()] == bytes[pair[1].range()];
            self.duplicate |= keys.windows(2).any(same);
        }
        self.strangers.truncate(first);
    }

    fn mark(&self) -> Mark {
        Mark {
            bytes: self.bytes.len(),
            nodes: self.nodes.len(),
            strangers: self.strangers.len(),
            duplicate: self.duplicate,
        }
    }

    fn back_to(&mut self, mark: Mark) {
        self.bytes.truncate(mark.bytes);
        self.nodes.truncate(mark.nodes);
        self.strangers.truncate(mark.strangers);
        self.duplicate = mark.duplicate;
    }
}

/// How long a tape was.
#[derive(Clone, Copy)]
struct Mark {
    bytes: usize,
    nodes: usize,
    strangers: usize,
    duplicate: bool,
}

impl Value {
    /// How many of the nodes behind it are inside it.
    fn inside(self) -> usize {
        match self {
            Value::List(inside) | Value::Object(inside) => inside,
            _ => 0,
        }
    }
}

/// Nodes side by side: the members of an object, the elements of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Siblings<'a>(&'a [Node]);

/// One of them, with what is inside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) field: Option<Field>,
    pub(super) value: Value,
    pub(super) inside: Siblings<'a>,
}

impl<'a> Iterator for Siblings<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        let (&Node { field, value }, rest) = self.0.split_first()?;
        let (inside, rest) = rest.split_at_checked(value.inside())?;
        self.0 = rest;
        Some(Item { field, value, inside: Siblings(inside) })
    }
}

/// A number as it was written.
fn number(raw: &str) -> Value {
    if raw.contains(['.', 'e', 'E']) {
        return Value::Fraction;
    }
    raw.parse().map_or(Value::OutOfRange, Value::Natural)
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place<'de> {
    line: &'de str,
    field: Option<Field>,
    /// How many values it is inside.
    depth: usize,
}

/// Where a text of the line stands in it.
fn span(line: &str, text: &str) -> Span {
    let start = text.as_ptr().addr().wrapping_sub(line.as_ptr().addr());
    Span { start, end: start.wrapping_add(text.len()) }
}

/// Reads the line itself.
struct Event<'t, 'de> {
    tape: &'t mut Tape,
    line: &'de str,
}

impl<'de> Visitor<'de> for Event<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        members(self.tape, Place { line: self.line, field: None, depth: 0 }, map)
    }
}

/// Reads the members of an object.
fn members<'de, A: MapAccess<'de>>(
    tape: &mut Tape,
    place: Place<'de>,
    mut map: A,
) -> Result<(), A::Error> {
    let Place { line, depth, .. } = place;
    let first = tape.strangers.len();
    let mut seen = Names::default();
    while let Some(field) = map.next_key_seed(Key { tape, line })? {
        if let Some(field) = field {
            tape.duplicate |= seen.has(field);
            seen.add(field);
        }
        let place = Place { line, field, depth: depth + 1 };
        if depth == 0 && field == Some(Field::Metadata) {
            let raw = map.next_value::<&RawValue>()?.get();
            metadata(tape, place, raw).map_err(Error::custom)?;
        } else {
            map.next_value_seed(Reader { tape, place })?;
        }
    }
    tape.compare_strangers(first);
    Ok(())
}

/// Reads what is only checked, and passed on as it was written.
fn metadata<'de>(tape: &mut Tape, place: Place<'de>, raw: &'de str) -> serde_json::Result<()> {
    let at = tape.nodes.len();
    if tape.by_parts {
        tape.part(place, raw);
    } else {
        serde_json::Deserializer::from_str(raw).deserialize_any(Reader { tape, place })?;
    }
    let read = &tape.nodes[at..];
    if read.iter().any(|node| matches!(node.value, Value::Unreadable)) {
        tape.nodes.truncate(at);
        tape.push(place.field, Value::Unreadable);
    } else if tape.metadata.is_none() && !matches!(read, [Node { value: Value::Null, .. }]) {
        tape.metadata = Some(span(place.line, raw));
    }
    Ok(())
}

/// Reads a key: the field that it names.
struct Key<'t, 'de> {
    tape: &'t mut Tape,
    line: &'de str,
}

impl<'de> DeserializeSeed<'de> for Key<'_, 'de> {
    type Value = Option<Field>;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'_, 'de> {
    type Value = Option<Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    #[inline]
    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        let field = Field::of_name(name);
        if field.is_none() {
            if name == NUMBER && !self.tape.by_parts {
                return Err(E::custom("perhaps a number"));
            }
            self.tape.strangers.push(span(self.line, name));
        }
        Ok(field)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        let field = Field::of_name(name);
        if field.is_none() {
            let name = self.tape.append(name.as_bytes());
            self.tape.strangers.push(name);
        }
        Ok(field)
    }
}

/// Reads any value.
struct Reader<'t, 'de> {
    tape: &'t mut Tape,
    place: Place<'de>,
}

impl Reader<'_, '_> {
    #[inline]
    fn push<E>(self, value: Value) -> Result<(), E> {
        self.tape.push(self.place.field, value);
        Ok(())
    }

    /// Opens a container, or fails where it is too deep.
    fn open<E: Error>(&mut self, container: Value) -> Result<usize, E> {
        if self.place.depth >= DEPTH {
            return Err(E::custom("too deep"));
        }
        let at = self.tape.nodes.len();
        self.tape.push(self.place.field, container);
        Ok(at)
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_, 'de> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        if !self.tape.by_parts {
            return value.deserialize_any(self);
        }
        let raw = <&RawValue>::deserialize(value)?;
        self.tape.part(self.place, raw.get());
        Ok(())
    }
}

impl<'de> Visitor<'de> for Reader<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.push(Value::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.push(Value::Natural(number))
    }

    /// Only negative ones come here.
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.push(Value::OutOfRange)
    }

    /// Integers come here too where no other type holds them: `-0`, and those that
    /// are too large.
    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        const TOO_LOW: f64 = i64::MIN as f64;
        const TOO_HIGH: f64 = u64::MAX as f64;
        if number <= TOO_LOW || number >= TOO_HIGH || number.to_bits() == (-0.0_f64).to_bits() {
            return Err(E::custom("perhaps an integer"));
        }
        self.push(Value::Fraction)
    }

    #[inline]
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        let text = span(self.place.line, text);
        self.push(Value::Text(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        let text = self.tape.append(text.as_bytes());
        self.push(Value::Text(text))
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.push(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let at = self.open(Value::List(0))?;
        let Reader { tape, place } = self;
        let place = Place { field: None, depth: place.depth + 1, ..place };
        while list.next_element_seed(Reader { tape, place })?.is_some() {}
        tape.nodes[at].value = Value::List(tape.nodes.len() - at - 1);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<(), A::Error> {
        let at = self.open(Value::Object(0))?;
        members(self.tape, self.place, map)?;
        self.tape.close_object(at);
        Ok(())
    }
}

/// How deep values may be nested, the event itself counted; as in policies.
const DEPTH: usize = 64;
/// How many bytes and nodes are kept for the next line.
const KEPT: usize = 1 << 14;
/// The key under which `serde_json` passes numbers on if any crate of a program asks
/// for its feature `arbitrary_precision`. A line may have it too.
const NUMBER: &str = "$serde_json::private::Number";
