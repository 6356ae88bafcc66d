//! More rules of a kind than one word, and than one window of words, can hold: which
//! match, which wins and what an actor is known by does not depend on where they stand.

use wardline::{
    Action, Activity, Binding, Compiler, Engine, Event, File, FileOperation, Format, Platform,
    Principal, Process, RuleId,
};

/// Beyond sixteen words of 64.
const POLICIES: usize = 1_100;

/// Policy `n` is about `/x/R` for each `R` that leaves nothing when it divides `n`; each
/// third only reports, each fifth lets user `n` do as it likes.
fn listed(n: usize) -> impl Iterator<Item = usize> {
    [1, 2, 7, 64, 65, 1024, POLICIES - 1].into_iter().filter(move |&of| n.is_multiple_of(of))
}

fn engine() -> Engine<Vec<u8>> {
    let mut compiler = Compiler::new(Platform::Linux);
    for n in 0..POLICIES {
        let mode = if n.is_multiple_of(3) { "audit" } else { "enforce" };
        let paths: Vec<String> = listed(n).map(|of| format!("/x/{of}")).collect();
        let except = if n.is_multiple_of(5) {
            format!(", except_users: [\"uid:{n}\"]")
        } else {
            String::new()
        };
        let text = format!(
            "{{wardline: 1, kind: host, name: p{n}, platform: linux, mode: {mode}, \
             controls: {{file_block: {{paths: [{}]{except}}}}}}}",
            paths.join(", ")
        );
        compiler.policy("p.yaml", text.as_bytes(), Format::Yaml).unwrap();
    }
    Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap()
}

#[test]
fn every_rule_counts_wherever_it_stands() {
    let engine = engine();
    for of in [1, 2, 7, 64, 65, 1024, POLICIES - 1, 3] {
        for user in [0, 5, 65, 640, 1024, POLICIES - 5] {
            let matching: Vec<usize> = (0..POLICIES)
                .filter(|&n| listed(n).any(|listed| listed == of))
                .filter(|&n| !(n.is_multiple_of(5) && n == user))
                .collect();
            let first =
                |enforces: bool| matching.iter().copied().find(|n| n.is_multiple_of(3) != enforces);
            let (action, rule) = match (first(true), first(false)) {
                (Some(blocks), _) => (Action::Block, Some(blocks)),
                (None, Some(reports)) => (Action::Audit, Some(reports)),
                (None, None) => (Action::Allow, None),
            };

            let path = format!("/x/{of}");
            let principal = Principal { id: Some(user as u64), ..Principal::UNKNOWN };
            let event = Event {
                user: principal,
                ..Event::new(Activity::File(File::new(FileOperation::Read, path.as_bytes())))
            };
            let actor = engine.actor(&Process::UNKNOWN, &principal, &[]);
            for event in [event, Event { actor: Some(&actor), ..event }] {
                let decision = engine.decide(&event);
                let number = decision.rule.map(|rule| rule.number() as usize);
                let told = (decision.action, number, decision.matched as usize);
                assert_eq!(told, (action, rule, matching.len()), "/x/{of} by {user}");

                let mut rules = vec![RuleId::from_number(0); POLICIES];
                let count = engine.matches(&event, &mut rules);
                let numbers = rules[..count].iter().map(|rule| rule.number() as usize);
                assert!(numbers.eq(matching.iter().copied()), "/x/{of} by {user}");
            }
        }
    }
}
