//! Policies and lists as they are written, on their way to one bundle.

use alloc::string::String;
use alloc::vec::Vec;
use std::io;
use std::path::{Path, PathBuf};

use super::{Bundle, Compiler};
use crate::bundle::Platform;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::policy::source::{Source, Span};
use crate::policy::{self, Format, Policy};

/// Policies and the files that they come from, compiled together.
///
/// All of them are read before anything is refused, so that everything that is wrong
/// with any is told at once. The bundle is for the platform of the first policy.
///
/// # Example
///
/// ```
/// use wardline::{Format, Sources};
///
/// let mut sources = Sources::new(|file| std::fs::read(file));
/// sources.policy("p.yaml", b"wardline: 1\nkind: host\nname: p\nplatfrom: linux\n", Format::Yaml);
/// sources.file("q.yaml", "/nowhere/q.yaml".as_ref(), Format::Yaml);
/// let errors = sources.compile().unwrap_err();
/// assert!(errors.iter().any(|one| one.code.as_str() == "unknown-key"));
/// assert!(errors.iter().any(|one| one.code.as_str() == "unreadable"));
/// ```
#[derive(Debug)]
pub struct Sources<R> {
    read: R,
    platform: Option<Platform>,
    /// With the directory of the lists, if they are files.
    policies: Vec<(Policy, Option<PathBuf>)>,
    /// The policy, the name, the contents.
    lists: Vec<(String, String, Vec<u8>)>,
    found: Diagnostics,
}

impl<R: Fn(&Path) -> io::Result<Vec<u8>>> Sources<R> {
    /// None yet.
    ///
    /// * `read` - reads a file, such as [`std::fs::read`].
    pub fn new(read: R) -> Self {
        Sources {
            read,
            platform: None,
            policies: Vec::new(),
            lists: Vec::new(),
            found: Diagnostics::default(),
        }
    }

    /// Compiles for this platform, whatever that of the first policy is.
    pub fn platform(&mut self, platform: Platform) -> &mut Self {
        self.platform = Some(platform);
        self
    }

    /// Adds a policy whose lists are given by [`Sources::list`].
    ///
    /// * `name` - what diagnostics call it.
    pub fn policy(&mut self, name: &str, text: &[u8], format: Format) -> &mut Self {
        self.parse(name, text, format, None);
        self
    }

    /// Adds a policy whose lists are files.
    ///
    /// * `directory` - what their names are relative to.
    pub fn policy_in(
        &mut self,
        directory: &Path,
        name: &str,
        text: &[u8],
        format: Format,
    ) -> &mut Self {
        self.parse(name, text, format, Some(directory.into()));
        self
    }

    /// Adds a policy that is a file, as are its lists, which are relative to it.
    ///
    /// A file that cannot be read is told like everything else about it.
    pub fn file(&mut self, name: &str, file: &Path, format: Format) -> &mut Self {
        match (self.read)(file) {
            Ok(text) => {
                let directory = file.parent().unwrap_or(Path::new(""));
                self.parse(name, &text, format, Some(directory.into()));
            }
            Err(error) => {
                let message = alloc::format!("cannot read the policy: {error}");
                let source = Source { name: name.into() };
                let start = Span { line: 1, column: 1, length: 0 };
                let told = Diagnostic::new(Code::Unreadable, &source, start, message);
                self.found.push(told.with_help("check the file's name and permissions"));
            }
        }
        self
    }

    /// Gives the contents of a list: as [`Compiler::list`], and instead of its file.
    pub fn list(&mut self, policy: &str, name: &str, text: impl Into<Vec<u8>>) -> &mut Self {
        self.lists.push((policy.into(), name.into(), text.into()));
        self
    }

    /// Compiles what was added.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the policies, alone and together, each with its
    /// place, and warnings with it.
    pub fn compile(self) -> Result<Bundle, Diagnostics> {
        let Sources { read, platform, policies, lists, mut found } = self;
        let first = policies.first().map_or(Platform::Linux, |(policy, _)| policy.platform);
        let mut compiler = Compiler::new(platform.unwrap_or(first));
        for (policy, directory) in policies {
            if let Some(directory) = directory
                && let Err(errors) = compiler.read_lists(&policy, &directory, &read)
            {
                found.append(errors);
            }
            compiler.add(policy);
        }
        for (policy, name, text) in lists {
            compiler.list(&policy, &name, text);
        }
        if found.has_errors() { Err(found) } else { compiler.warn(found).build() }
    }

    fn parse(&mut self, name: &str, text: &[u8], format: Format, directory: Option<PathBuf>) {
        match policy::parse(name, text, format) {
            Ok((policy, warnings)) => {
                self.policies.push((policy, directory));
                self.found.append(warnings);
            }
            Err(errors) => self.found.append(errors),
        }
    }
}
