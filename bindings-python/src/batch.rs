//! Many events at once. The interpreter lock is released while they are decided.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bumpalo::Bump;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyByteArray, PyBytes, PyList, PyMapping, PyMemoryView, PyString};
use self_cell::self_cell;
use wardline::json::EventBuf;
use wardline::{Event, SharedEngine};

use crate::copy;
use crate::decisions::{Answers, Decisions};
use crate::given::{Given, What};
use crate::read;
use crate::source::Source;
use crate::state::State;

type Engine = wardline::Engine<Source>;

/// Events that were read ahead, to be decided as often as one likes.
#[pyclass(frozen, module = "wardline")]
pub(crate) struct Batch {
    packed: Mutex<Packed>,
}

self_cell!(
    /// Events with the memory that they borrow from.
    struct Packed {
        owner: Bump,
        #[covariant]
        dependent: Events,
    }
);

type Events<'b> = Vec<Event<'b>>;

impl Packed {
    fn empty() -> Packed {
        Packed::with_room(0)
    }

    fn with_room(events: usize) -> Packed {
        Packed::new(Bump::new(), |_| Vec::with_capacity(events))
    }

    /// Adds an event as it is now.
    fn add(&mut self, event: &Event<'_>) {
        self.with_dependent_mut(|bump, events| events.push(copy::event(event, bump)));
    }

    /// Reads an event and adds it.
    fn read(&mut self, event: &Bound<'_, PyAny>) -> PyResult<()> {
        read::event(&mut Given::new(What::Event(event)), None, &mut |event| self.add(event))
    }

    fn events(&self) -> &[Event<'_>] {
        self.borrow_dependent()
    }
}

impl Batch {
    /// The events; whoever holds them never waits for the interpreter.
    fn lock(&self) -> MutexGuard<'_, Packed> {
        self.packed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Batch {
    #[new]
    #[pyo3(signature = (events=None))]
    fn new(events: Option<&Bound<'_, PyAny>>) -> PyResult<Batch> {
        let mut packed = Packed::empty();
        if let Some(events) = events {
            for event in several(events)?.try_iter()? {
                packed.read(&event?)?;
            }
        }
        Ok(Batch { packed: Mutex::new(packed) })
    }

    /// Adds an event as it is now.
    fn add(&self, event: &Bound<'_, PyAny>) -> PyResult<()> {
        // Read before the lock is taken: reading may run code of others.
        read::event(&mut Given::new(What::Event(event)), None, &mut |event| self.lock().add(event))
    }

    /// Forgets the events.
    fn clear(&self) {
        *self.lock() = Packed::empty();
    }

    fn __len__(&self) -> usize {
        self.lock().events().len()
    }

    fn __repr__(&self) -> String {
        format!("<Batch of {} events>", self.__len__())
    }
}

/// How many events of an iterable are read before they are decided.
const CHUNK: usize = 1024;
/// A length that few lines fall below: to move answers whenever more room is made for them
/// costs as much as to write them.
const USUAL_LINE: usize = 96;
/// How many are decided before others may use the state.
const TURN: usize = 256;

/// Decides events of any form.
pub(crate) fn decide(
    shared: &Arc<SharedEngine<Source>>,
    events: &Bound<'_, PyAny>,
    state: Option<&State>,
) -> PyResult<Decisions> {
    let py = events.py();
    // One engine for all of them, whoever replaces it meanwhile.
    let engine = Arc::clone(&shared.engine());
    let mut answers = Answers::default();
    if let Ok(lines) = events.cast::<PyBytes>() {
        let lines = lines.as_bytes();
        py.detach(|| decide_lines(&engine, lines, state, &mut answers));
    } else if events.is_instance_of::<PyByteArray>() || events.is_instance_of::<PyMemoryView>() {
        // Bytes that nobody else may write while they are read.
        let lines = py.get_type::<PyBytes>().call1((events,))?.cast_into::<PyBytes>()?;
        let lines = lines.as_bytes();
        py.detach(|| decide_lines(&engine, lines, state, &mut answers));
    } else if let Ok(batch) = events.cast::<Batch>() {
        let batch = batch.get();
        py.detach(|| decide_events(&engine, batch.lock().events(), state, &mut answers));
    } else {
        let events = several(events)?;
        // Events are big: to move those that are there whenever more room is made costs as
        // much as to copy them.
        let mut room = events.cast::<PyList>().map_or(0, |list| list.len().min(CHUNK));
        let mut events = events.try_iter()?.fuse();
        loop {
            let mut packed = Packed::with_room(room);
            for event in events.by_ref().take(CHUNK) {
                packed.read(&event?)?;
            }
            let chunk = packed.events();
            if chunk.is_empty() {
                break;
            }
            room = chunk.len();
            py.detach(|| decide_events(&engine, chunk, state, &mut answers));
        }
    }
    Ok(Decisions::new(engine, answers))
}

/// What is to be iterated over; not what is a mistake for it: each key of a single event
/// would be decided as an event.
fn several<'a, 'py>(events: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyAny>> {
    if events.is_instance_of::<PyString>()
        || events.cast::<PyMapping>().is_ok()
        || events.hasattr(intern!(events.py(), "keys"))?
    {
        return Err(PyTypeError::new_err(
            "events: expected an iterable of events, a Batch, or JSON lines as bytes",
        ));
    }
    Ok(events)
}

fn decide_events(
    engine: &Engine,
    events: &[Event<'_>],
    state: Option<&State>,
    answers: &mut Answers,
) {
    answers.reserve(events.len());
    match state {
        None => events.iter().for_each(|event| answers.add(engine.decide(event), None)),
        Some(state) => {
            for turn in events.chunks(TURN) {
                let mut state = state.lock();
                for event in turn {
                    let decision = engine.decide_with(&mut state, event);
                    answers.add(decision, state.alert());
                }
            }
        }
    }
}

fn decide_lines(engine: &Engine, lines: &[u8], state: Option<&State>, answers: &mut Answers) {
    let mut buffer = EventBuf::default();
    answers.reserve_lines(lines.len() / USUAL_LINE);
    let ends = memchr::memchr_iter(b'\n', lines).chain([lines.len()]);
    let mut start = 0;
    for (number, end) in (1u32..).zip(ends) {
        let line = lines[start..end].trim_ascii();
        start = end + 1;
        if line.is_empty() {
            continue;
        }
        buffer.read(line);
        buffer.with_event(|event| match state {
            None => answers.add(engine.decide(event), None),
            Some(state) => {
                let mut state = state.lock();
                let decision = engine.decide_with(&mut state, event);
                answers.add(decision, state.alert());
            }
        });
        answers.add_line(number);
    }
}
