//! Decoys as an enforcer is told to lay them out.

use wardline::{Binding, Compiler, DecoyKind, Engine, Format, Platform};

const POLICY: &str = r#"
wardline: 1
kind: function
name: trap
platform: linux
mode: enforce
scope: 'function.name == "pay-*"'
controls:
  honeypot:
    decoys:
      - { kind: access_key, id: AKIADECOY0EXAMPLE000, secret: decoy-secret-value, place: [environment, layer] }
      - { kind: access_key, id: AKIADECOY0EXAMPLE001, place: [file] }
      - { kind: file, path: "**/.aws/credentials" }
      - { kind: environment, name: DB_PASSWORD, value: hunter2-decoy }
      - { kind: domain, name: internal.example.com }
"#;

fn engine(function: &str) -> Engine<Vec<u8>> {
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("trap.yaml", POLICY.as_bytes(), Format::Yaml).unwrap();
    let target = [("function.name", function)];
    let binding = Binding { target: Some(&target), ..Binding::default() };
    Engine::load(compiler.build().unwrap().bytes, &binding).unwrap()
}

#[test]
fn every_decoy_says_what_and_where() {
    let engine = engine("pay-now");
    let told: Vec<_> = engine
        .decoys()
        .map(|decoy| {
            let places = (decoy.in_environment, decoy.in_file, decoy.in_layer);
            (decoy.kind, decoy.name, decoy.secret, places)
        })
        .collect();
    let nowhere = (false, false, false);
    assert_eq!(
        told,
        [
            (
                DecoyKind::AccessKey,
                "AKIADECOY0EXAMPLE000",
                Some("decoy-secret-value"),
                (true, false, true)
            ),
            (DecoyKind::AccessKey, "AKIADECOY0EXAMPLE001", None, (false, true, false)),
            (DecoyKind::File, "**/.aws/credentials", None, nowhere),
            (DecoyKind::Environment, "DB_PASSWORD", Some("hunter2-decoy"), nowhere),
            (DecoyKind::Domain, "internal.example.com", None, nowhere),
        ]
    );
}

#[test]
fn a_policy_that_does_not_apply_lays_nothing_out() {
    assert_eq!(engine("shop").decoys().count(), 0);
}
