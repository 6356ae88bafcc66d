//! From typed policies to a bundle: `lower` turns controls into rules, one
//! writer per matcher builds its table, `write` lays out the bytes.

pub(crate) mod address;
mod cold;
pub(crate) mod domain;
mod lower;
pub(crate) mod outcome;
pub(crate) mod path;
mod port;
mod rows;
#[cfg(feature = "text")]
mod sources;
mod substring;
mod text;
mod write;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::binding::MAX_SCOPES;
use crate::bundle::{Platform, Section};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::event::{Kind, vocabulary};
use crate::matcher::text::Tag;
use crate::policy::Policy;
use crate::throttle::Throttle;
use address::AddressTableBuilder;
use domain::DomainTableBuilder;
pub use lower::lists::ListReport;
use lower::{KindRules, Lowering, Place};
use outcome::{Label, Outcomes};
use path::{Limits, PathTableBuilder, TooComplex};
use port::PortTableBuilder;
#[cfg(feature = "text")]
pub use sources::Sources;
use substring::SubstringTableBuilder;
use text::TextTableBuilder;
use write::Part;

/// Compiles policies into one bundle for one platform.
///
/// # Example
///
/// ```
/// # #[cfg(feature = "text")] {
/// use wardline::{Compiler, Format, Platform};
///
/// let mut compiler = Compiler::new(Platform::Linux);
/// let error = compiler
///     .policy("p.yaml", b"wardline: 1\nkind: host\nname: p\nplatfrom: linux\n", Format::Yaml)
///     .unwrap_err();
/// assert!(error.to_string().contains("did you mean `platform`?"));
/// # }
/// ```
#[derive(Debug)]
pub struct Compiler {
    platform: Platform,
    policies: Vec<Policy>,
    lists: BTreeMap<(String, String), Vec<u8>>,
    warnings: Diagnostics,
}

/// Compiled policies.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Bundle {
    /// What [`Engine::load`](crate::Engine::load) takes. The same policies in
    /// the same order give the same bytes.
    pub bytes: Vec<u8>,
    /// What loads but may not mean what its author thinks.
    pub warnings: Diagnostics,
    /// What the bundle is made of.
    pub report: Report,
}

impl Bundle {
    /// What the bytes of every bundle begin with, of whatever version.
    pub const MAGIC: [u8; 8] = crate::bundle::MAGIC;

    /// Writes into a bundle's bytes the checksum that they should carry, for
    /// tools that add an optional section or change bytes on purpose.
    ///
    /// Makes damage look sound: only a signature tells who made a bundle. Bytes
    /// too short for a header are left as they are. O(length).
    ///
    /// # Example
    ///
    /// ```
    /// use wardline::{Binding, Bundle, Compiler, Engine, LoadError, Platform};
    ///
    /// let mut bytes = Compiler::new(Platform::Linux).build().unwrap().bytes;
    /// bytes[10] ^= 0x40; // another revision, which any reader takes
    /// assert_eq!(Engine::load(&bytes, &Binding::default()).err(), Some(LoadError::Checksum));
    /// Bundle::seal(&mut bytes);
    /// assert!(Engine::load(&bytes, &Binding::default()).is_ok());
    /// ```
    pub fn seal(bytes: &mut [u8]) {
        let sum = crate::bundle::sum(bytes);
        if let Some(place) = bytes.get_mut(24..32) {
            place.copy_from_slice(&sum.to_le_bytes());
        }
    }
}

/// What a bundle is made of.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// How many policies are in effect.
    pub policies: usize,
    /// The controls in effect: policy, control, and what each can do.
    pub controls: Vec<ControlReport>,
    /// What became of the lists that controls name.
    pub lists: Vec<ListReport>,
    /// The rules of each kind of event.
    pub rules: Vec<(Kind, usize)>,
    /// The sections and their bytes.
    pub sections: Vec<(Section, Option<Kind>, usize)>,
}

/// One control of one policy.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ControlReport {
    /// The policy's name.
    pub policy: String,
    /// The control.
    pub control: crate::control::Control,
    /// What a violation comes to.
    pub effect: Effect,
}

vocabulary! {
    /// What a violation comes to.
    Effect {
        /// It is reported.
        Audit = 0 "audit",
        /// It is prevented.
        Block = 1 "block",
    }
}

impl Compiler {
    /// A compiler without policies.
    pub fn new(platform: Platform) -> Self {
        Compiler {
            platform,
            policies: Vec::new(),
            lists: BTreeMap::new(),
            warnings: Diagnostics::default(),
        }
    }

    /// Adds a policy in text form.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the text, each with its place; the policy
    /// is not added.
    #[cfg(feature = "text")]
    pub fn policy(
        &mut self,
        name: &str,
        text: &[u8],
        format: crate::policy::Format,
    ) -> Result<&mut Self, Diagnostics> {
        let (policy, warnings) = crate::policy::parse(name, text, format)?;
        self.warnings.append(warnings);
        Ok(self.add(policy))
    }

    /// Adds warnings of policies that were parsed elsewhere.
    pub fn warn(&mut self, warnings: Diagnostics) -> &mut Self {
        self.warnings.append(warnings);
        self
    }

    /// Adds a policy.
    pub fn add(&mut self, policy: Policy) -> &mut Self {
        self.policies.push(policy);
        self
    }

    /// Gives the contents of a list that a policy declares, in the format that
    /// it declares. Given again, they replace those given before.
    ///
    /// * `policy` - the policy's `name`.
    /// * `name` - the list's key under `lists`.
    pub fn list(&mut self, policy: &str, name: &str, text: impl Into<Vec<u8>>) -> &mut Self {
        self.lists.insert((policy.into(), name.into()), text.into());
        self
    }

    /// Gives the contents of every list that a policy declares, from its file.
    ///
    /// * `directory` - what the files of the lists are relative to: that of the
    ///   policy's own file.
    /// * `read` - reads a file, such as [`std::fs::read`].
    ///
    /// # Errors
    ///
    /// One for each file that cannot be read; the others are given.
    #[cfg(feature = "std")]
    pub fn read_lists(
        &mut self,
        policy: &Policy,
        directory: &std::path::Path,
        read: impl Fn(&std::path::Path) -> std::io::Result<Vec<u8>>,
    ) -> Result<&mut Self, Diagnostics> {
        let mut errors = Diagnostics::default();
        for list in &policy.lists {
            let file = &list.definition.file;
            match read(&directory.join(&file.text)) {
                Ok(text) => {
                    self.list(&policy.name.text, &list.name.text, text);
                }
                Err(error) => {
                    let message = format!("cannot read `{}`: {error}", file.text);
                    let field = format!("lists.{}.file", list.name.text);
                    let code = Code::ListMissing;
                    let told = Diagnostic::new(code, &policy.source, file.span, message);
                    let told = told.in_field(field);
                    errors.push(match error.kind() {
                        std::io::ErrorKind::NotFound => {
                            told.with_help("its path is relative to the policy's file")
                        }
                        _ => told,
                    });
                }
            }
        }
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    /// Builds the bundle.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the policies, alone and together, each
    /// with its place. Nothing is compiled in part.
    pub fn build(&self) -> Result<Bundle, Diagnostics> {
        let mut lowering = Lowering::new(&self.lists);
        lowering.diagnostics.append(self.warnings.clone());
        self.check_together(&mut lowering.diagnostics);
        let mut scopes = ScopeTable::default();
        let enabled: Vec<_> = self.policies.iter().filter(|policy| policy.enabled).collect();
        for (index, policy) in enabled.iter().enumerate() {
            let scope = scopes.add(policy, &mut lowering.diagnostics);
            lowering.policy(index as u32, policy, scope);
        }
        let rules = lowering.kinds.iter().flat_map(|kind| &kind.rules);
        let mut controls: Vec<_> = rules
            .map(|rule| ControlReport {
                policy: enabled[rule.policy as usize].name.text.clone(),
                control: rule.control,
                effect: if rule.can_block && rule.enforces { Effect::Block } else { Effect::Audit },
            })
            .collect();
        // A control with rules for two kinds is one control, as strong as its strongest.
        controls.sort_by(|a, b| {
            (&a.policy, a.control, b.effect).cmp(&(&b.policy, b.control, a.effect))
        });
        controls.dedup_by(|b, a| a.policy == b.policy && a.control == b.control);
        self.finish(lowering, scopes, controls)
    }

    fn finish(
        &self,
        lowering: Lowering<'_>,
        scopes: ScopeTable,
        controls: Vec<ControlReport>,
    ) -> Result<Bundle, Diagnostics> {
        let Lowering {
            kinds, cold, mut diagnostics, places, list_reports, watches, decoys, ..
        } = lowering;
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let mut parts = Vec::from([
            Part { section: Section::Strings, kind: None, bytes: cold.strings.bytes },
            Part { section: Section::Policies, kind: None, bytes: cold.policies },
            Part { section: Section::Scopes, kind: None, bytes: scopes.write() },
            Part { section: Section::Entries, kind: None, bytes: cold.entries },
            Part { section: Section::Patterns, kind: None, bytes: cold.patterns },
            Part { section: Section::Watches, kind: None, bytes: watches },
            Part { section: Section::Throttles, kind: None, bytes: self.throttles() },
            Part { section: Section::Decoys, kind: None, bytes: decoys },
        ]);
        let mut rules = Vec::new();
        for (&kind, lowered) in Kind::ALL.iter().zip(kinds) {
            if lowered.rules.is_empty() {
                continue;
            }
            rules.push((kind, lowered.rules.len()));
            match tables(lowered, self.platform == Platform::Linux) {
                Ok(sections) => parts.extend(sections.into_iter().map(|(section, bytes)| Part {
                    section,
                    kind: Some(kind),
                    bytes,
                })),
                Err(error) => {
                    // A control on files is one on programs too: said once.
                    let diagnostic = too_complex(&error, &places);
                    if !diagnostics.as_slice().contains(&diagnostic) {
                        diagnostics.push(diagnostic);
                    }
                }
            }
        }
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let sections = parts
            .iter()
            .filter(|part| !part.bytes.is_empty())
            .map(|part| (part.section, part.kind, part.bytes.len()))
            .collect();
        let policies = self.policies.iter().filter(|policy| policy.enabled).count();
        let report = Report { policies, controls, lists: list_reports, rules, sections };
        let bytes = write::bundle(self.platform, scopes.scoped, parts);
        Ok(Bundle { bytes, warnings: diagnostics, report })
    }

    /// How many audits each policy in effect reports; nothing if all report all.
    fn throttles(&self) -> Vec<u8> {
        let enabled = self.policies.iter().filter(|policy| policy.enabled);
        let throttles: Vec<_> = enabled.map(Throttle::new).collect();
        if throttles.iter().all(Option::is_none) {
            return Vec::new();
        }
        throttles.into_iter().flat_map(Throttle::record).collect()
    }

    /// What can only be wrong with several policies together.
    fn check_together(&self, diagnostics: &mut Diagnostics) {
        let mut names = BTreeMap::new();
        let mut defaults = BTreeMap::new();
        for policy in &self.policies {
            let mut report = |code, field: &str, message| {
                let span = policy.name.span;
                diagnostics
                    .push(Diagnostic::new(code, &policy.source, span, message).in_field(field));
            };
            if policy.platform != self.platform {
                let message = format!(
                    "a {} policy cannot be in a bundle for {}",
                    policy.platform, self.platform
                );
                report(Code::WrongPlatform, "platform", message);
            }
            if let Some(first) = names.insert(policy.name.text.as_str(), &policy.source.name) {
                let message = if *first == policy.source.name {
                    format!("the policy `{}` is given twice", policy.name.text)
                } else {
                    format!("`{}` is already the name of the policy in {first}", policy.name.text)
                };
                report(Code::DuplicatePolicy, "name", message);
            }
            if policy.default
                && let Some(first) = defaults.insert(policy.kind, policy.name.text.as_str())
            {
                let message =
                    format!("`{first}` is already the default policy for a {}", policy.kind);
                report(Code::SecondDefault, "default", message);
            }
            if !policy.enabled {
                let message = format!("policy `{}` is not enabled and left out", policy.name.text);
                report(Code::NotEnabled, "enabled", message);
            }
        }
    }
}

/// The tables of one kind.
fn tables(lowered: KindRules, linux: bool) -> Result<Vec<(Section, Vec<u8>)>, TooComplex> {
    let KindRules { rules, objects, processes, users, digests, groups, .. } = lowered;
    let mut outcomes = Outcomes::default();
    let paths = |patterns: Vec<lower::Pattern>, outcomes: &mut Outcomes| {
        if patterns.is_empty() {
            return Ok(Vec::new());
        }
        let mut builder = PathTableBuilder::new(Limits::default(), linux);
        for lower::Pattern { glob, label, above, place } in patterns {
            builder.add(glob, label, above, place);
        }
        builder.build(outcomes)
    };
    let objects = paths(objects, &mut outcomes)?;
    let processes = paths(processes, &mut outcomes)?;
    let keys = |keys: Vec<(Tag, Vec<u8>, Label)>, outcomes: &mut Outcomes| {
        let mut table = TextTableBuilder::default();
        keys.into_iter().for_each(|(tag, key, label)| table.add(tag, key, label));
        table.build(outcomes)
    };
    let users = keys(users, &mut outcomes);
    let digests = digests.into_iter().map(|(digest, label)| (Tag::Digest, digest, label));
    let digests = keys(digests.collect(), &mut outcomes);
    let groups = keys(groups, &mut outcomes);
    let mut domains = DomainTableBuilder::default();
    lowered.domains.into_iter().for_each(|(key, label, feed)| domains.add(key, label, feed));
    let [domains, feeds] = domains.build(&mut outcomes);
    let mut networks = AddressTableBuilder::default();
    lowered.networks.into_iter().for_each(|(network, label)| networks.add(network, label));
    let addresses = networks.build(&mut outcomes);
    // After these two, which look-ups and connections share.
    let endpoints = keys(lowered.endpoints, &mut outcomes);
    let mut ports = PortTableBuilder::default();
    lowered.ports.into_iter().for_each(|(first, last, label)| ports.add(first, last, label));
    let ports = ports.build(&mut outcomes);
    let credentials = keys(lowered.credentials, &mut outcomes);
    let mut secrets = SubstringTableBuilder::default();
    lowered.secrets.into_iter().for_each(|(text, label)| secrets.add(text, label));
    let secrets = secrets.build(&mut outcomes);
    let sections = rows::write(rules.len(), &outcomes, |rule, condition| {
        rules[rule].conditions.contains(&condition)
    });
    let rules = rules.iter().flat_map(lower::LoweredRule::record).collect();
    Ok(Vec::from([
        (Section::Rules, rules),
        (Section::Rows, sections.rows),
        (Section::Outcomes, sections.outcomes),
        (Section::Conditions, sections.conditions),
        (Section::Objects, objects),
        (Section::Processes, processes),
        (Section::Users, users),
        (Section::Digests, digests),
        (Section::Groups, groups),
        (Section::Domains, domains),
        (Section::Feeds, feeds),
        (Section::Addresses, addresses),
        (Section::Endpoints, endpoints),
        (Section::Ports, ports),
        (Section::Sources, sources(&outcomes)),
        (Section::Credentials, credentials),
        (Section::Secrets, secrets),
    ]))
}

/// Which named lists gave each outcome, as specified in `explain/mod.rs`.
fn sources(outcomes: &Outcomes) -> Vec<u8> {
    let numbered = outcomes.in_order().into_iter().zip(1u32..);
    let listed = numbered.flat_map(|(labels, outcome)| {
        labels.iter().filter(|label| label.list != 0).map(move |label| (outcome, label))
    });
    let words = listed.flat_map(|(outcome, label)| [outcome, label.rule, label.list]);
    words.flat_map(u32::to_le_bytes).collect()
}

fn too_complex(error: &TooComplex, places: &[Place<'_>]) -> Diagnostic {
    let Place { policy, field, entry } = &places[error.source as usize];
    let message = format!(
        "`{}` needs more {} than the limit of {} together with the patterns before it",
        entry.text, error.what, error.limit
    );
    Diagnostic::new(Code::TooComplex, &policy.source, entry.span, message)
        .in_field(field.clone())
        .with_help(
            "anchor it (`/srv/app/**` for `/**/app/**`), write components out where they are \
             known, or take out one of its wildcards",
        )
}

/// The distinct pairs of scope and bypass scope.
#[derive(Debug, Default)]
struct ScopeTable {
    ids: BTreeMap<[Vec<u8>; 2], u16>,
    scoped: bool,
}

impl ScopeTable {
    fn add(&mut self, policy: &Policy, diagnostics: &mut Diagnostics) -> u16 {
        let scopes = [&policy.scope, &policy.bypass_scope];
        self.scoped |= scopes.iter().any(|scope| scope.is_some());
        let code = scopes
            .map(|scope| scope.as_ref().map_or_else(Vec::new, |scope| scope.expression.encode()));
        let next = self.ids.len();
        if next >= MAX_SCOPES && !self.ids.contains_key(&code) {
            let message = format!("more than {MAX_SCOPES} different scopes in one bundle");
            let (source, span) = (&policy.source, policy.name.span);
            diagnostics.push(
                Diagnostic::new(Code::TooManyScopes, source, span, message).in_field("scope"),
            );
            return 0;
        }
        *self.ids.entry(code).or_insert(next as u16)
    }

    fn write(&self) -> Vec<u8> {
        let mut pairs: Vec<_> = self.ids.iter().collect();
        pairs.sort_by_key(|&(_, &id)| id);
        let mut head = (pairs.len() as u32).to_le_bytes().to_vec();
        let start = 4 + pairs.len() * 16;
        let mut code = Vec::new();
        for (pair, _) in pairs {
            for program in pair {
                head.extend(((start + code.len()) as u32).to_le_bytes());
                head.extend((program.len() as u32).to_le_bytes());
                code.extend_from_slice(program);
            }
        }
        head.extend(code);
        head
    }
}

#[cfg(all(test, feature = "text"))]
mod tests {
    use super::*;
    use crate::bundle::sum;
    use crate::{
        Action, Activity, Binding, Engine, Event, Exec, File, FileOperation, LoadError, RuleId,
    };
    use alloc::vec;

    const POLICY: &str = "
wardline: 1
kind: host
name: hostile
platform: linux
mode: enforce
scope: 'host.name == \"web-*\"'
controls:
  file_block: { paths: [/etc/shadow, '/a/**/b*/*.key', '**/x/y'], except_users: [root, 'uid:0'] }
  executables_blocked: { executables: [xmrig, '*miner*', '/tmp/**'], processes: ['/usr/**'] }
  executables_allowed: { executables: ['/usr/**'], root_executables: ['/usr/sbin/*'] }
";

    fn bundle() -> Vec<u8> {
        let mut compiler = Compiler::new(Platform::Linux);
        compiler.policy("hostile.yaml", POLICY.as_bytes(), crate::policy::Format::Yaml).unwrap();
        compiler.build().unwrap().bytes
    }

    fn binding() -> Binding<'static> {
        Binding { target: Some(&[("host.name", "web-1")]), ..Binding::default() }
    }

    /// Loads and asks; returns whether it loaded.
    fn ask(bytes: &[u8]) -> Result<(), LoadError> {
        let engine = Engine::load(bytes, &binding())?;
        let file = File {
            target: Some(b"/a/x/b/c.key"),
            ..File::new(FileOperation::Rename, b"/etc/shadow")
        };
        for activity in [Activity::File(file), Activity::Exec(Exec::new(b"/tmp/x/y/xminer"))] {
            let event = Event::new(activity);
            engine.decide(&event);
            for rule in 0..6 {
                engine.explain(&event, RuleId::from_number(rule));
            }
        }
        let _ = engine.report().count() + engine.rules().take(100).count();
        Ok(())
    }

    #[test]
    fn every_truncation_is_refused() {
        let bytes = bundle();
        assert_eq!(ask(&bytes), Ok(()));
        for length in 0..bytes.len() {
            assert!(ask(&bytes[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn every_flipped_bit_is_refused_or_with_a_repaired_checksum_harmless() {
        let bytes = bundle();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(ask(&flipped).is_err(), "bit {bit}");
            let sum = sum(&flipped);
            flipped[24..32].copy_from_slice(&sum.to_le_bytes());
            let _ = ask(&flipped);
        }
    }

    #[test]
    fn only_who_trusts_the_bytes_goes_without_the_checksum() {
        let mut bytes = bundle();
        bytes[24] ^= 1;
        let refused = Engine::load(bytes.as_slice(), &binding()).err();
        assert_eq!(refused, Some(LoadError::Checksum));
        assert!(Engine::load_trusted(bytes.as_slice(), &binding()).is_ok());
        bytes.pop();
        let short = Engine::load_trusted(bytes.as_slice(), &binding()).err();
        assert!(matches!(short, Some(LoadError::Length { .. })));
    }

    #[test]
    fn scopes_need_a_target() {
        let loaded = Engine::load(bundle(), &Binding::default());
        assert_eq!(loaded.err(), Some(LoadError::TargetMissing));
    }

    #[test]
    fn a_bundle_of_another_version_says_so() {
        let mut bytes = bundle();
        bytes[8] = 0xff;
        assert_eq!(ask(&bytes), Err(LoadError::Version { found: 0xff }));
    }

    #[test]
    fn more_than_a_window_of_rules_is_judged_whole() {
        let mut compiler = Compiler::new(Platform::Linux);
        for index in 0..1100 {
            let text = format!(
                "wardline: 1\nkind: host\nname: p{index}\nplatform: linux\nmode: enforce\ncontrols: {{ file_block: {{ paths: [/d{index}, /all] }} }}\n"
            );
            compiler.policy("p.yaml", text.as_bytes(), crate::policy::Format::Yaml).unwrap();
        }
        let engine = Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap();
        let read =
            |path| engine.decide(&Event::new(Activity::File(File::new(FileOperation::Read, path))));
        assert_eq!(read(b"/all").matched, 1100);
        let last = read(b"/d1099");
        assert_eq!((last.action, last.matched), (Action::Block, 1));
        assert_eq!(engine.rule(last.rule.unwrap()).unwrap().policy, "p1099");
        let mut rules = vec![RuleId::from_number(0); 2000];
        let event = Event::new(Activity::File(File::new(FileOperation::Read, b"/all")));
        assert_eq!(engine.matches(&event, &mut rules), 1100);
    }

    #[test]
    fn policies_that_do_not_go_together_are_refused() {
        let policy = |name: &str, rest: &str| {
            format!(
                "wardline: 1\nkind: host\nname: {name}\nplatform: linux\nmode: audit\n{rest}controls: {{ fileless_execution_block: {{}} }}\n"
            )
        };
        let mut compiler = Compiler::new(Platform::Linux);
        for text in
            [policy("a", "default: true\n"), policy("a", ""), policy("b", "default: true\n")]
        {
            compiler.policy("p.yaml", text.as_bytes(), crate::policy::Format::Yaml).unwrap();
        }
        let errors = compiler.build().unwrap_err();
        let codes: Vec<_> = errors.iter().map(|error| error.code).collect();
        assert_eq!(codes, [Code::DuplicatePolicy, Code::SecondDefault]);
    }
}
