//! Policies on both sides: an engine and the oracle that it must agree with.

use serde_json::{Map, Value, json};
use wardline::policy::{Format, Policy};
use wardline::{
    Bundle, Compiler, Diagnostics, Engine, Event, Explanation, Fail, Mode, Platform, RuleId,
};

use crate::oracle::{Answer, Contents, Oracle};

/// Policies that compiled.
pub(crate) struct Compiled {
    pub(crate) policies: Vec<Policy>,
    pub(crate) contents: Contents,
    pub(crate) bundle: Bundle,
}

/// A policy named `p` that enforces these controls.
pub(crate) fn policy(platform: Platform, controls: Value) -> Value {
    json!({
        "wardline": 1, "kind": "host", "name": "p", "platform": platform.as_str(),
        "mode": "enforce", "controls": controls,
    })
}

/// Compiles policies written as JSON. The contents of a list stand in its
/// `text`, in place of `file`.
pub(crate) fn compile(platform: Platform, texts: &[Value]) -> Result<Compiled, Diagnostics> {
    let mut compiler = Compiler::new(platform);
    let mut policies = Vec::new();
    let mut contents = Contents::new();
    for text in texts {
        let mut text = text.clone();
        let name = text["name"].as_str().unwrap_or_default().to_owned();
        let lists = text.get_mut("lists").and_then(Value::as_object_mut);
        for (list, definition) in lists.into_iter().flatten() {
            let definition: &mut Map<String, Value> = definition.as_object_mut().expect("a list");
            if let Some(Value::String(text)) = definition.remove("text") {
                contents.insert((name.clone(), list.clone()), text);
                definition.insert("file".into(), json!(list));
            }
        }
        let text = text.to_string();
        let (policy, warnings) = wardline::policy::parse("p.json", text.as_bytes(), Format::Json)?;
        compiler.warn(warnings).add(policy.clone());
        policies.push(policy);
    }
    for ((policy, list), text) in &contents {
        compiler.list(policy, list, text.as_str());
    }
    let bundle = compiler.build()?;
    Ok(Compiled { policies, contents, bundle })
}

/// An engine and an oracle of the same policies.
pub(crate) struct Both<'c> {
    pub(crate) engine: Engine<&'c [u8]>,
    pub(crate) oracle: Oracle<'c>,
}

impl<'c> Both<'c> {
    pub(crate) fn new(compiled: &'c Compiled) -> Both<'c> {
        Both::bound(compiled, &[], &[], Fail::Closed, Mode::Enforce)
    }

    pub(crate) fn bound(
        compiled: &'c Compiled,
        target: &[(&str, &str)],
        volumes: &[(&str, &str)],
        fail: Fail,
        mode_cap: Mode,
    ) -> Both<'c> {
        let binding = wardline::Binding {
            target: Some(target),
            volumes,
            fail,
            mode_cap,
            ..wardline::Binding::default()
        };
        let engine = Engine::load(&compiled.bundle.bytes[..], &binding).expect("a fresh bundle");
        let oracle = Oracle::new(&compiled.policies, &compiled.contents, target, fail, mode_cap);
        Both { engine, oracle: oracle.with_volumes(volumes) }
    }

    /// Both sides of one policy, for the whole process.
    pub(crate) fn forever(
        platform: Platform,
        controls: Value,
        volumes: &[(&str, &str)],
    ) -> Both<'static> {
        let compiled = compile(platform, &[policy(platform, controls)]);
        let compiled = compiled.unwrap_or_else(|errors| panic!("{errors}"));
        let compiled = Box::leak(Box::new(compiled));
        Both::bound(compiled, &[], volumes, Fail::Closed, Mode::Enforce)
    }

    /// Decides on both sides, which must agree, and so must the explanations.
    pub(crate) fn decide(&self, event: &Event<'_>) -> Answer {
        let decision = self.engine.decide(event);
        let answer = Answer::of(&self.engine, event, &decision);
        assert_eq!(answer, self.oracle.decide(event), "engine, oracle\n{event:?}");
        self.explain(event);
        answer
    }

    /// A rule is explained to match exactly if it does.
    fn explain(&self, event: &Event<'_>) {
        let mut rules = [RuleId::from_number(0); 64];
        let count = self.engine.matches(event, &mut rules).min(rules.len());
        for (id, rule) in self.engine.rules() {
            let explanation = self.engine.explain(event, id).expect("a rule of this engine");
            let matches = matches!(explanation, Explanation::Matches(_) | Explanation::Unlisted(_));
            assert!(
                matches == rules[..count].contains(&id),
                "{explanation:?} of {rule:?}\n{event:?}"
            );
        }
    }
}

/// The fields of an input, which the unit separator separates.
pub(crate) fn fields<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut rest = data.split(|&byte| byte == 0x1f);
    [(); N].map(|()| rest.next().unwrap_or_default())
}

/// A field that may be missing.
pub(crate) fn given(field: &[u8]) -> Option<&[u8]> {
    Some(field).filter(|field| !field.is_empty())
}
