//! What engines are made from: a bundle's bytes and the binding, owned.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;
use wardline::{Binding, Capabilities, Fail, LoadError, Mode, SharedEngine};

use crate::decision::Decision;
use crate::record;

/// A bundle with its binding, and what Python is told about it.
#[derive(Clone)]
pub(crate) struct Source {
    /// At hand, because every decision begins with them.
    bytes: Arc<[u8]>,
    more: Arc<More>,
}

struct More {
    options: Arc<Options>,
    family: Family,
    rules: PyOnceLock<Py<PyTuple>>,
    /// The first decision without a rule: most of them are like it.
    usual: PyOnceLock<Py<Decision>>,
}

/// The engines that follow one another in one place, which are told apart by their
/// generations.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Family(u64);

impl Family {
    /// No engine's.
    pub(crate) const NONE: Family = Family(0);

    fn new() -> Family {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Family(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// A binding that owns its texts.
pub(crate) struct Options {
    pub(crate) target: Option<Vec<(String, String)>>,
    pub(crate) fail: Fail,
    pub(crate) mode_cap: Mode,
    pub(crate) capabilities: Capabilities,
    /// Devices and the drives they are.
    pub(crate) volumes: Vec<(String, String)>,
}

impl AsRef<[u8]> for Source {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Source {
    pub(crate) fn new(bytes: &[u8], options: Options) -> Source {
        Source::made(bytes.into(), Arc::new(options), Family::new())
    }

    /// The same bundle and binding, for another engine in the place of one.
    fn again(&self, family: Family) -> Source {
        Source::made(Arc::clone(&self.bytes), Arc::clone(&self.more.options), family)
    }

    fn made(bytes: Arc<[u8]>, options: Arc<Options>, family: Family) -> Source {
        let (rules, usual) = (PyOnceLock::new(), PyOnceLock::new());
        Source { bytes, more: Arc::new(More { options, family, rules, usual }) }
    }

    /// Of which engines the one that is loaded from it is.
    pub(crate) fn family(&self) -> Family {
        self.more.family
    }

    /// The first decision without a rule, which this one is if there was none.
    #[inline]
    pub(crate) fn usual<'py>(
        &self,
        py: Python<'py>,
        decision: wardline::Decision,
    ) -> PyResult<&Bound<'py, Decision>> {
        let make = || Py::new(py, Decision::plain(decision, self.family()));
        Ok(self.more.usual.get_or_try_init(py, make)?.bind(py))
    }

    /// Whether a decision without an alert is that one.
    #[inline]
    pub(crate) fn is_usual(&self, py: Python<'_>, decision: &wardline::Decision) -> bool {
        self.more.usual.get(py).is_some_and(|usual| usual.get().is(decision))
    }

    pub(crate) fn options(&self) -> &Options {
        &self.more.options
    }

    /// Loads the first engine from it.
    pub(crate) fn load(self) -> Result<SharedEngine<Source>, LoadError> {
        self.bound(SharedEngine::load)
    }

    /// Puts the same bundle and binding in the place of what an engine was loaded from.
    pub(crate) fn replace(&self, engine: &SharedEngine<Source>) -> Result<u64, LoadError> {
        let family = engine.engine().source().family();
        self.again(family).bound(|source, binding| engine.replace(source, binding))
    }

    /// The rules as Python has them, in the order of their numbers; made once.
    pub(crate) fn rules<'py>(
        &self,
        py: Python<'py>,
        engine: &wardline::Engine<Source>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let make = || {
            let rules = engine.rules().map(|(id, rule)| record::rule(py, id, &rule));
            let rules = rules.collect::<PyResult<Vec<_>>>()?;
            PyTuple::new(py, rules).map(Bound::unbind)
        };
        Ok(self.more.rules.get_or_try_init(py, make)?.bind(py).clone())
    }

    fn bound<R>(self, load: impl FnOnce(Source, &Binding<'_>) -> R) -> R {
        let source = self.clone();
        let options = source.options();
        let target = options.target.as_deref().map(pairs);
        let volumes = pairs(&options.volumes);
        let binding = Binding {
            target: target.as_deref(),
            fail: options.fail,
            mode_cap: options.mode_cap,
            capabilities: options.capabilities,
            volumes: &volumes,
            ..Binding::default()
        };
        load(self, &binding)
    }
}

/// Pairs of texts, borrowed.
pub(crate) fn pairs(owned: &[(String, String)]) -> Vec<(&str, &str)> {
    owned.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
