//! The binding's report: what is enforced fully, partly, or not at all; and
//! what is worth scanning.

use wardline::{
    Binding, Capabilities, Compiler, Enforcement, Engine, Format, Kind, Mode, Platform, Process,
};

fn engine(mode: &str, controls: &str, binding: &Binding<'_>) -> Engine<Vec<u8>> {
    let policy = format!(
        "wardline: 1\nkind: host\nname: p\nplatform: linux\nmode: {mode}\ncontrols: {controls}\n"
    );
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("p.yaml", policy.as_bytes(), Format::Yaml).unwrap();
    Engine::load(compiler.build().unwrap().bytes, binding).unwrap()
}

const CONTROLS: &str = "{ network_block: { networks: [10.0.0.0/8] }, file_block: { paths: [/a] }, \
                        forensics: { failed_logins: true } }";

/// A control, how far it is enforced, and the kinds the enforcer lacks.
type Status = (&'static str, Enforcement, Vec<Kind>);

/// That of the policy, then of each control with the kinds the enforcer lacks.
fn report(engine: &Engine<Vec<u8>>) -> (Enforcement, Vec<Status>) {
    let controls = engine.controls().map(|status| {
        let lacks = |kind: &&Kind| status.lacking.can_block(**kind);
        let lacking = Kind::ALL.iter().filter(lacks).copied().collect();
        (status.control.as_str(), status.enforcement, lacking)
    });
    let controls = controls.collect();
    (engine.report().next().unwrap().enforcement, controls)
}

#[test]
fn an_enforcer_that_can_block_everything_enforces_fully() {
    let engine = engine("enforce", CONTROLS, &Binding::default());
    let full = Enforcement::Full;
    let controls = vec![
        ("file_block", full, vec![]),
        ("forensics", full, vec![]),
        ("network_block", full, vec![]),
    ];
    assert_eq!(report(&engine), (full, controls));
}

#[test]
fn what_an_enforcer_cannot_block_is_said_by_control() {
    let capabilities = Capabilities::NONE.with(Kind::Network);
    let engine = engine("enforce", CONTROLS, &Binding { capabilities, ..Binding::default() });
    let controls = vec![
        ("file_block", Enforcement::None, vec![Kind::File, Kind::Exec]),
        ("forensics", Enforcement::Full, vec![]),
        ("network_block", Enforcement::Partial, vec![Kind::Dns]),
    ];
    assert_eq!(report(&engine), (Enforcement::Partial, controls));
}

#[test]
fn an_auditing_policy_or_a_cap_enforces_nothing() {
    let capped = Binding { mode_cap: Mode::Audit, ..Binding::default() };
    for engine in
        [engine("audit", CONTROLS, &Binding::default()), engine("enforce", CONTROLS, &capped)]
    {
        let (policy, controls) = report(&engine);
        assert_eq!(policy, Enforcement::None);
        assert!(controls.iter().all(|(_, enforcement, _)| *enforcement == Enforcement::None));
    }
}

#[test]
fn only_what_a_finding_would_be_reported_in_is_worth_scanning() {
    let unknown = Process::UNKNOWN;
    let lab = Process { path: Some(b"/usr/bin/lab"), ..unknown };
    let without = engine("enforce", CONTROLS, &Binding::default());
    assert!(!without.should_scan(b"/a", &unknown));
    assert!(!without.should_scan(b"/a/../b", &unknown));
    let controls = "{ realtime_malware_protection: { paths: [/home], except_paths: [/home/samples], \
                    except_processes: [/usr/bin/lab] } }";
    for mode in ["audit", "enforce"] {
        let engine = engine(mode, controls, &Binding::default());
        assert!(engine.should_scan(b"/home/eve/a", &unknown));
        assert!(!engine.should_scan(b"/home/samples/a", &unknown));
        assert!(!engine.should_scan(b"/srv/a", &unknown));
        assert!(!engine.should_scan(b"/home/eve/a", &lab));
        // It could lead anywhere.
        assert!(engine.should_scan(b"/srv/../home/a", &unknown));
    }
}
