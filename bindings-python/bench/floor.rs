//! What calls from Python cost at least: empty ones with the same arguments, and what
//! the engine alone takes. `bench/calls.py` compares with these.

use pyo3::prelude::*;

/// Empty calls, and the engine without them.
#[pymodule(gil_used = false)]
mod floor {
    use super::*;
    use wardline::json::EventBuf;
    use wardline::{Activity, Address, Binding, Engine, Event, Exec, File, FileOperation, Process};

    /// Has empty methods.
    #[pyclass(frozen)]
    struct Floor;

    #[pymethods]
    impl Floor {
        #[new]
        fn new() -> Floor {
            Floor
        }

        /// A call with two texts, one of them by name.
        #[pyo3(signature = (path, *, process=None))]
        fn exec(&self, path: &str, process: Option<&str>) -> usize {
            path.len() + process.map_or(0, str::len)
        }

        /// A call with one object.
        fn decide(&self, event: &Bound<'_, PyAny>) -> bool {
            event.is_none()
        }
    }

    /// The engine, behind a call with two texts that answers with a number.
    #[pyclass(frozen)]
    struct Core {
        engine: Engine<Vec<u8>>,
    }

    #[pymethods]
    impl Core {
        #[new]
        fn new(bundle: Vec<u8>) -> Core {
            Core { engine: Engine::load(bundle, &Binding::default()).expect("a bundle") }
        }

        #[pyo3(signature = (path, *, process=None))]
        fn exec(&self, path: &str, process: Option<&str>) -> u8 {
            let process = Process { path: process.map(str::as_bytes), ..Process::UNKNOWN };
            let exec = Activity::Exec(Exec::new(path.as_bytes()));
            self.engine.decide(&Event { process, ..Event::new(exec) }).action as u8
        }
    }

    /// Nanoseconds that the engine takes for one of these programs with their
    /// processes; the shortest of `rounds`.
    #[pyfunction]
    fn exec(
        py: Python<'_>,
        bundle: Vec<u8>,
        events: Vec<(Vec<u8>, Vec<u8>)>,
        rounds: usize,
    ) -> PyResult<f64> {
        let engine = Engine::load(bundle, &Binding::default()).expect("a bundle");
        let events: Vec<_> = events
            .iter()
            .map(|(path, process)| Event {
                process: Process { path: Some(process), ..Process::UNKNOWN },
                ..Event::new(Activity::Exec(Exec::new(path)))
            })
            .collect();
        shortest(py, &engine, &events, rounds)
    }

    /// As `exec`, for reading these files.
    #[pyfunction]
    fn file(py: Python<'_>, bundle: Vec<u8>, paths: Vec<Vec<u8>>, rounds: usize) -> PyResult<f64> {
        let engine = Engine::load(bundle, &Binding::default()).expect("a bundle");
        let read = |path| Event::new(Activity::File(File::new(FileOperation::Read, path)));
        let events: Vec<_> = paths.iter().map(|path| read(path)).collect();
        shortest(py, &engine, &events, rounds)
    }

    /// As `exec`, for connections to these addresses.
    #[pyfunction]
    fn network(
        py: Python<'_>,
        bundle: Vec<u8>,
        addresses: Vec<Vec<u8>>,
        rounds: usize,
    ) -> PyResult<f64> {
        let engine = Engine::load(bundle, &Binding::default()).expect("a bundle");
        let network = |text| wardline::Network {
            direction: wardline::Direction::Outbound,
            ip: Some(Address::Text(text)),
            domain: None,
            port: None,
            protocol: None,
        };
        let events: Vec<_> =
            addresses.iter().map(|text| Event::new(Activity::Network(network(text)))).collect();
        shortest(py, &engine, &events, rounds)
    }

    /// As `exec`, for finding, reading and deciding these lines of JSON.
    #[pyfunction]
    fn lines(py: Python<'_>, bundle: Vec<u8>, lines: Vec<u8>, rounds: usize) -> PyResult<f64> {
        let engine = Engine::load(bundle, &Binding::default()).expect("a bundle");
        let mut buffer = EventBuf::default();
        let count = memchr::memchr_iter(b'\n', &lines).count();
        timed(py, count, rounds, || {
            let mut start = 0;
            for end in memchr::memchr_iter(b'\n', &lines) {
                buffer.read(&lines[start..end]);
                start = end + 1;
                std::hint::black_box(buffer.with_event(|event| engine.decide(event)));
            }
        })
    }

    fn shortest(
        py: Python<'_>,
        engine: &Engine<Vec<u8>>,
        events: &[Event<'_>],
        rounds: usize,
    ) -> PyResult<f64> {
        timed(py, events.len(), rounds, || {
            for event in events {
                std::hint::black_box(engine.decide(event));
            }
        })
    }

    /// The clock is the one that `calls.py` reads: the time of this thread alone.
    fn timed(py: Python<'_>, count: usize, rounds: usize, mut work: impl FnMut()) -> PyResult<f64> {
        let clock = py.import("time")?.getattr("thread_time_ns")?;
        let mut best = u64::MAX;
        for _ in 0..rounds {
            let start: u64 = clock.call0()?.extract()?;
            work();
            best = best.min(clock.call0()?.extract::<u64>()? - start);
        }
        Ok(best as f64 / count as f64)
    }
}
