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
    /// The address of the line that is being read.
    origin: usize,
}

/// One value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Which field of its object it is.
    pub(super) field: Option<Field>,
    pub(super) value: Value,
    /// So many nodes after this one are inside it.
    inside: usize,
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
    List,
    /// With the fields that its members are.
    Object(Names),
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

    fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.range()).unwrap_or_default()
    }
}

impl Tape {
    /// Reads one line, forgetting the last. There is no event if it is not one JSON
    /// object.
    pub(super) fn read(&mut self, line: &[u8]) {
        if !self.read_as(line, false) {
            self.read_as(line, true);
        }
    }

    /// Reads one line in one pass or by parts. Whether that could be done; the tape is
    /// empty otherwise.
    pub(super) fn read_as(&mut self, line: &[u8], by_parts: bool) -> bool {
        self.clear();
        self.by_parts = by_parts;
        let Ok(line) = str::from_utf8(line) else { return false };
        self.bytes.extend_from_slice(line.as_bytes());
        // At once, because some tapes are used for one line.
        self.nodes.reserve(USUAL_NODES);
        self.origin = line.as_ptr().addr();
        let mut json = serde_json::Deserializer::from_str(line);
        let event = json.deserialize_map(Event { tape: self });
        let read = event.and_then(|()| json.end()).is_ok();
        if !read {
            self.clear();
        }
        read
    }

    /// Forgets the line, and memory that only a very long one took.
    fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(BYTES_KEPT);
        self.nodes.clear();
        self.nodes.shrink_to(NODES_KEPT);
        self.strangers.clear();
        self.strangers.shrink_to(NODES_KEPT);
        self.duplicate = false;
        self.metadata = None;
    }

    /// The event; nothing before one was read.
    pub(super) fn event(&self) -> Option<Item<'_>> {
        Siblings(&self.nodes).next()
    }

    pub(super) fn bytes(&self, span: Span) -> &[u8] {
        span.of(&self.bytes)
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

    /// Puts what `map` makes of a text or of bytes in their place, for every member
    /// of the event that is one of these fields, and every element of a list there.
    pub(super) fn map(&mut self, fields: &[Field], map: impl Fn(&[u8]) -> Option<String>) {
        let mut at = 1;
        while let Some(&Node { field, value, inside }) = self.nodes.get(at) {
            let next = at + 1 + inside;
            if field.is_some_and(|field| fields.contains(&field)) {
                let list = matches!(value, Value::List);
                let (mut each, end) = if list { (at + 1, next) } else { (at, at + 1) };
                while each < end {
                    let Node { value, inside, .. } = self.nodes[each];
                    if let Value::Text(span) | Value::Hex(span) = value
                        && let Some(mapped) = map(self.bytes(span))
                    {
                        self.nodes[each].value = Value::Text(self.append(mapped.as_bytes()));
                    }
                    each += 1 + inside;
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

    #[inline]
    fn push(&mut self, field: Option<Field>, value: Value) {
        self.nodes.push(Node { field, value, inside: 0 });
    }

    /// Puts all nodes behind this one inside it.
    #[inline]
    fn close(&mut self, at: usize, value: Value) {
        let inside = self.nodes.len() - at - 1;
        if let Some(node) = self.nodes.get_mut(at) {
            (node.value, node.inside) = (value, inside);
        }
    }

    /// Where a text of the line stands in it.
    #[inline]
    fn span(&self, text: &str) -> Span {
        let start = text.as_ptr().addr().wrapping_sub(self.origin);
        Span { start, end: start.wrapping_add(text.len()) }
    }

    /// Reads a value by itself. `raw` is JSON by its grammar.
    fn part(&mut self, place: Place, raw: &str) {
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

    /// The bytes that an object is, if it is the last node and holds nothing but
    /// their digits.
    fn bytes_of_object(&mut self, at: usize) -> Option<Value> {
        let [_, Node { field: Some(Field::Hex), value: Value::Text(digits), .. }] =
            self.nodes[at..]
        else {
            return None;
        };
        let bytes = self.hex(digits)?;
        self.nodes.truncate(at + 1);
        Some(bytes)
    }

    fn hex(&mut self, digits: Span) -> Option<Value> {
        if !digits.range().len().is_multiple_of(2) {
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
            keys.sort_unstable_by(|one, other| one.of(bytes).cmp(other.of(bytes)));
            self.duplicate |= keys.windows(2).any(|pair| pair[0].of(bytes) == pair[1].of(bytes));
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
        let (node, rest) = self.0.split_first()?;
        let (inside, rest) = rest.split_at_checked(node.inside)?;
        self.0 = rest;
        Some(Item { field: node.field, value: node.value, inside: Siblings(inside) })
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
struct Place {
    field: Option<Field>,
    /// How many values it is inside.
    depth: usize,
}

/// Reads the line itself.
struct Event<'t> {
    tape: &'t mut Tape,
}

impl<'de> Visitor<'de> for Event<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.tape.push(None, Value::Object(Names::default()));
        let names = members(self.tape, 0, map)?;
        self.tape.close(0, Value::Object(names));
        Ok(())
    }
}

/// Reads the members of an object inside `depth` values; which fields they are.
fn members<'de, A: MapAccess<'de>>(
    tape: &mut Tape,
    depth: usize,
    mut map: A,
) -> Result<Names, A::Error> {
    let first = tape.strangers.len();
    let mut names = Names::default();
    while let Some(field) = map.next_key_seed(Key { tape })? {
        match field {
            Some(field) => tape.duplicate |= names.add(field),
            None => names.add_stranger(),
        }
        let place = Place { field, depth: depth + 1 };
        if depth == 0 && field == Some(Field::Metadata) {
            let raw = map.next_value::<&RawValue>()?.get();
            metadata(tape, place, raw).map_err(Error::custom)?;
        } else {
            map.next_value_seed(Reader { tape, place })?;
        }
    }
    if tape.strangers.len() > first {
        tape.compare_strangers(first);
    }
    Ok(names)
}

/// Reads what is only checked, and passed on as it was written.
fn metadata(tape: &mut Tape, place: Place, raw: &str) -> serde_json::Result<()> {
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
        tape.metadata = Some(tape.span(raw));
    }
    Ok(())
}

/// Reads a key: the field that it names.
struct Key<'t> {
    tape: &'t mut Tape,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<Field>;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'_> {
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
            let name = self.tape.span(name);
            self.tape.strangers.push(name);
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
struct Reader<'t> {
    tape: &'t mut Tape,
    place: Place,
}

impl Reader<'_> {
    #[inline]
    fn push<E>(self, value: Value) -> Result<(), E> {
        self.tape.push(self.place.field, value);
        Ok(())
    }

    /// Opens a container, which has yet to be closed; fails where it is too deep.
    fn open<E: Error>(&mut self) -> Result<usize, E> {
        if self.place.depth >= DEPTH {
            return Err(E::custom("too deep"));
        }
        let at = self.tape.nodes.len();
        self.tape.push(self.place.field, Value::List);
        Ok(at)
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
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

impl<'de> Visitor<'de> for Reader<'_> {
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
        let text = self.tape.span(text);
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
        let at = self.open()?;
        let Reader { tape, place } = self;
        let place = Place { field: None, depth: place.depth + 1 };
        while list.next_element_seed(Reader { tape, place })?.is_some() {}
        tape.close(at, Value::List);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<(), A::Error> {
        let at = self.open()?;
        let names = members(self.tape, self.place.depth, map)?;
        let bytes = if names.has(Field::Hex) { self.tape.bytes_of_object(at) } else { None };
        self.tape.close(at, bytes.unwrap_or(Value::Object(names)));
        Ok(())
    }
}

/// How deep values may be nested, the event itself counted; as in policies.
const DEPTH: usize = 64;
/// As many as most lines have.
const USUAL_NODES: usize = 24;
/// How many bytes are kept for the next line, and how many nodes.
const BYTES_KEPT: usize = 1 << 14;
const NODES_KEPT: usize = 1 << 10;
/// The key under which `serde_json` passes numbers on if any crate of a program asks
/// for its feature `arbitrary_precision`. A line may have it too.
const NUMBER: &str = "$serde_json::private::Number";
