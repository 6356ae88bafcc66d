//! Actors: found out once, handed in with every event.

use wardline::{
    Action, Activity, Address, Binding, Compiler, Direction, Engine, Event, File, FileOperation,
    Format, Network, Platform, Principal, Process,
};

/// Nobody but nginx touches the keys, and shells do not call out.
fn engine(allowed: &str) -> Engine<Vec<u8>> {
    let policy = format!(
        "{{wardline: 1, kind: host, name: keys, platform: linux, mode: enforce, controls: {{
           file_block: {{paths: [/etc/keys], except_processes: [{allowed}]}},
           reverse_shell_block: {{}}}}}}"
    );
    let mut compiler = Compiler::new(Platform::Linux);
    compiler.policy("keys.yaml", policy.as_bytes(), Format::Yaml).unwrap();
    Engine::load(compiler.build().unwrap().bytes, &Binding::default()).unwrap()
}

fn process(path: &[u8]) -> Process<'_> {
    Process { path: Some(path), ..Process::UNKNOWN }
}

fn key_read<'a>(process: Process<'a>) -> Event<'a> {
    let file = File::new(FileOperation::Read, b"/etc/keys/site.key");
    Event { process, ..Event::new(Activity::File(file)) }
}

#[test]
fn stands_for_the_process_it_was_made_of() {
    let engine = engine("/usr/sbin/nginx");
    let nginx = engine.actor(&process(b"/usr/sbin/nginx"), &Principal::UNKNOWN, &[]);
    let bash = engine.actor(&process(b"/bin/bash"), &Principal::UNKNOWN, &[]);
    for (actor, expected) in [(&nginx, Action::Allow), (&bash, Action::Block)] {
        let event = Event { actor: Some(actor), ..key_read(Process::UNKNOWN) };
        assert_eq!(engine.decide(&event).action, expected);
    }
    let network = Network {
        direction: Direction::Outbound,
        ip: Some(Address::V4([203, 0, 113, 9])),
        domain: None,
        port: None,
        protocol: None,
    };
    let event = Event { actor: Some(&bash), ..Event::new(Activity::Network(network)) };
    assert_eq!(engine.decide(&event).action, Action::Block);
}

#[test]
fn of_another_engine_is_noticed() {
    let (old, new) = (engine("/usr/sbin/nginx"), engine("/usr/sbin/httpd"));
    let actor = old.actor(&process(b"/usr/sbin/nginx"), &Principal::UNKNOWN, &[]);
    assert!(old.knows(&actor) && old.clone().knows(&actor) && !new.knows(&actor));
    let event = Event { actor: Some(&actor), ..key_read(process(b"/usr/sbin/nginx")) };
    assert_eq!(old.decide(&event).action, Action::Allow);
    assert_eq!(new.decide(&event).action, Action::Block);
    // The same bundle, loaded again: other bindings may lie between the two.
    let again = engine("/usr/sbin/nginx");
    assert!(!again.knows(&actor));
    assert_eq!(again.decide(&event).action, Action::Allow);
}
