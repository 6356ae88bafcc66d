//! The environment as Python sees it, where some of it is a decoy: a mapping in the
//! place of the dictionaries behind `os.environ`, `os.environb` and `posix.environ`.
//!
//! The values are kept here, where no Python object leads to them.
#![allow(unsafe_code, reason = "the current frame has no other way to it")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyIterator, PyList, PyTuple};

use super::given;
use super::hook::{self, Inside};
use super::system;
use super::variables;
use super::watch::watch;

const CALL: &str = "os.environ";
/// Code of the standard library that reads every variable and is after others.
const BULK: [(&str, &str); 2] =
    [("getproxies_environment", "/urllib/request.py"), ("_execute_child", "/subprocess.py")];
/// How far above a read such code is looked for.
const FRAMES: usize = 8;

/// `os.environ`, as it was when the process was armed.
static OWN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Keeps `os.environ` for what is asked about environments.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    let _ = OWN.set(py, py.import("os")?.getattr("environ")?.unbind());
    Ok(())
}

#[pyclass(frozen, mapping, module = "wardline.function")]
pub(crate) struct Environment {
    entries: Mutex<Vec<(Vec<u8>, Vec<u8>)>>,
}

/// Puts it in the place of the dictionaries.
pub(crate) fn install(py: Python<'_>) -> PyResult<()> {
    let posix = py.import("posix")?;
    let os = py.import("os")?;
    let entries = os.getattr("environ")?.getattr("_data")?.cast_into::<PyDict>()?;
    let entries = entries.iter().map(|(name, value)| Ok((name.extract()?, value.extract()?)));
    let entries = Mutex::new(entries.collect::<PyResult<_>>()?);
    let own = Bound::new(py, Environment { entries })?;
    for name in ["environ", "environb"] {
        os.getattr(name)?.setattr("_data", &own)?;
    }
    posix.setattr("environ", own)
}

impl Environment {
    fn entries(&self) -> MutexGuard<'_, Vec<(Vec<u8>, Vec<u8>)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn value(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.entries().iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    }

    /// The value as the program may have it.
    fn read<'py>(&self, py: Python<'py>, name: &[u8]) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let Some(mut value) = self.value(name) else { return Ok(None) };
        if let Some(watch) = watch()
            && !Inside::is()
            && watch.is_decoy(name)
        {
            if is_bulk(py) {
                // It asks for all of them, and gets nothing of this one.
                value.clear();
            } else {
                let answer = {
                    let _inside = Inside::enter();
                    variables::read(watch, py, CALL, name)
                };
                answer.map_err(|refusal| hook::error(py, &refusal))?;
            }
        }
        Ok(Some(PyBytes::new(py, &value)))
    }

    fn names(&self) -> Vec<Vec<u8>> {
        self.entries().iter().map(|(name, _)| name.clone()).collect()
    }

    fn pairs<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Vec<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)>> {
        let mut pairs = Vec::new();
        for name in self.names() {
            if let Some(value) = self.read(py, &name)? {
                pairs.push((PyBytes::new(py, &name), value));
            }
        }
        Ok(pairs)
    }

    fn set(&self, name: &[u8], value: &[u8]) {
        let mut entries = self.entries();
        match entries.iter_mut().find(|(own, _)| own == name) {
            Some((_, own)) => *own = value.to_vec(),
            None => entries.push((name.to_vec(), value.to_vec())),
        }
    }

    fn removed(&self, name: &[u8]) -> bool {
        let mut entries = self.entries();
        let before = entries.len();
        entries.retain(|(own, _)| own != name);
        entries.len() < before
    }
}

/// As a dictionary of bytes, but that values are asked about.
#[pymethods]
impl Environment {
    fn __getitem__<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let key = name.cast::<PyBytes>().map_err(|_| PyKeyError::new_err(name.clone().unbind()))?;
        let value = self.read(py, key.as_bytes())?;
        value.ok_or_else(|| PyKeyError::new_err(name.clone().unbind()))
    }

    fn __setitem__(&self, name: &[u8], value: &[u8]) {
        self.set(name, value);
    }

    fn __delitem__(&self, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let key = name.cast::<PyBytes>().map_err(|_| PyKeyError::new_err(name.clone().unbind()))?;
        if self.removed(key.as_bytes()) {
            Ok(())
        } else {
            Err(PyKeyError::new_err(name.clone().unbind()))
        }
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> bool {
        name.cast::<PyBytes>().is_ok_and(|name| self.value(name.as_bytes()).is_some())
    }

    fn __len__(&self) -> usize {
        self.entries().len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        self.keys(py)?.try_iter()
    }

    fn __repr__(&self) -> String {
        format!("<environment of {} variables>", self.entries().len())
    }

    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.names().iter().map(|name| PyBytes::new(py, name)))
    }

    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.pairs(py)?.into_iter().map(|(_, value)| value))
    }

    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.pairs(py)?)
    }

    fn copy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let copy = PyDict::new(py);
        for (name, value) in self.pairs(py)? {
            copy.set_item(name, value)?;
        }
        Ok(copy)
    }

    #[pyo3(signature = (name, default=None, /))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = match name.cast::<PyBytes>() {
            Ok(name) => self.read(py, name.as_bytes())?,
            Err(_) => None,
        };
        Ok(found.map(Bound::into_any).or(default))
    }

    #[pyo3(signature = (name, *default))]
    fn pop<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyAny>,
        default: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let key = name.cast::<PyBytes>().map(|key| key.as_bytes().to_vec()).unwrap_or_default();
        match self.read(py, &key)? {
            Some(value) => {
                self.removed(&key);
                Ok(value.into_any())
            }
            None => default.get_item(0).map_err(|_| PyKeyError::new_err(name.clone().unbind())),
        }
    }

    fn setdefault<'py>(
        &self,
        py: Python<'py>,
        name: &[u8],
        value: &[u8],
    ) -> PyResult<Bound<'py, PyBytes>> {
        if let Some(value) = self.read(py, name)? {
            return Ok(value);
        }
        self.set(name, value);
        Ok(PyBytes::new(py, value))
    }

    fn update(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        let other =
            other.cast::<PyDict>().map_err(|_| PyTypeError::new_err("expected a dict of bytes"))?;
        for (name, value) in other.iter() {
            self.set(name.extract()?, value.extract()?);
        }
        Ok(())
    }

    fn clear(&self) {
        self.entries().clear();
    }
}

/// An environment that says what it holds when it is asked.
pub(crate) struct Strange;

/// The value of a variable in an environment as a call got it: a plain dictionary, or
/// `os.environ` itself. None is the environment of the process.
pub(crate) fn variable(
    environment: &Bound<'_, PyAny>,
    name: &str,
) -> Result<Option<Vec<u8>>, Strange> {
    if environment.is_none() {
        return Ok(system::variable(name));
    }
    if let Ok(plain) = environment.cast_exact::<PyDict>() {
        return of_dictionary(plain, name);
    }
    let py = environment.py();
    let is_own = OWN.get(py).is_some_and(|own| environment.is(own.bind(py)));
    // SAFETY: attached; a new reference or NULL with an error set. It reads the
    // object's dictionary without running code of its class.
    let inside = is_own.then(|| unsafe {
        Bound::from_owned_ptr_or_err(
            py,
            ffi::PyObject_GenericGetDict(environment.as_ptr(), std::ptr::null_mut()),
        )
    });
    let inside =
        inside.and_then(Result::ok).ok_or(Strange)?.cast_into::<PyDict>().map_err(|_| Strange)?;
    let data = inside.get_item("_data").ok().flatten().ok_or(Strange)?;
    if let Ok(own) = data.cast_exact::<Environment>() {
        return Ok(own.get().value(name.as_bytes()));
    }
    of_dictionary(data.cast_exact::<PyDict>().map_err(|_| Strange)?, name)
}

fn of_dictionary(plain: &Bound<'_, PyDict>, name: &str) -> Result<Option<Vec<u8>>, Strange> {
    let mut found = None;
    for (key, value) in plain.iter() {
        if given::text(&key).ok_or(Strange)? == name.as_bytes() {
            found = Some(given::text(&value).ok_or(Strange)?);
        }
    }
    Ok(found)
}

/// Whether code of [`BULK`] reads. Others could pass themselves off as it, and would
/// get nothing either.
fn is_bulk(py: Python<'_>) -> bool {
    // SAFETY: attached; a borrowed frame or NULL.
    let frame = unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast()) };
    let mut frame = frame;
    for _ in 0..FRAMES {
        let Some(current) = frame else { return false };
        let told = |name: &str| -> Option<String> {
            current.getattr("f_code").ok()?.getattr(name).ok()?.extract().ok()
        };
        let (name, file) = (told("co_name"), told("co_filename"));
        if let (Some(name), Some(file)) = (name, file)
            && BULK.iter().any(|&(own, end)| name == own && file.ends_with(end))
        {
            return true;
        }
        frame = current.getattr("f_back").ok().filter(|back| !back.is_none());
    }
    false
}
