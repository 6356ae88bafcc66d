//! Rego in its virtual machine: sets are looked up, lists are gone through.

use std::sync::Arc;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value, cache};
use serde_json::{Map, json};
use wardline_benches::hosts::{Act, Host};

use super::{Shapes, base_name, controls, kind, programs};
use crate::race::Racer;

const POLICY: &str = r#"
package host
import rego.v1

default refused := false

listed(control) if data[control].exact[input.path]
listed(control) if {
    some directory in data[control].below
    startswith(input.path, directory)
}
listed(control) if {
    some pattern in data[control].globs
    glob.match(pattern, ["/"], input.path)
}

applies(control) if {
    data[control].kinds[input.kind]
    not data[control].except_users[input.user]
    not data[control].except_processes[input.process]
}

refused if {
    applies("block")
    listed("block")
}
refused if {
    applies("read_only")
    listed("read_only")
}
refused if {
    input.kind == "exec"
    data.program_names[input.name]
}
refused if {
    input.kind == "exec"
    data.program_paths[input.path]
}
refused if {
    input.kind == "login"
    data.users[input.user]
}
refused if {
    input.kind == "login"
    some group in input.groups
    data.groups[group]
}
"#;

pub(super) fn racer<'a>(host: &Host, acts: &'a [Act]) -> Racer<'a> {
    cache::configure(cache::Config { glob: cache::Config::MAX_CAPACITY, ..Default::default() });
    let mut engine = Engine::new();
    engine.add_policy("host.rego".to_owned(), POLICY.to_owned()).expect("a policy");
    let data = Value::from_json_str(&data(host).to_string()).expect("data");
    engine.add_data(data.clone()).expect("data");
    let entry = "data.host.refused";
    let compiled = engine.compile_with_entrypoint(&entry.into()).expect("compiles");
    let program = Compiler::compile_from_policy(&compiled, &[entry]).expect("compiles");
    let mut machine = RegoVM::new();
    machine.load_program(Arc::clone(&program));
    machine.set_data(data).expect("data");
    let inputs: Vec<Value> = acts.iter().map(input).collect();
    Racer::new("regorus", move |index| {
        machine.set_input(inputs[index].clone());
        2 * u8::from(machine.execute().expect("a decision") == Value::Bool(true))
    })
}

fn data(host: &Host) -> serde_json::Value {
    let mut data = Map::new();
    for (name, control, kinds) in controls(host) {
        let shapes = Shapes::new(&control.paths);
        let control = json!({
            "kinds": set(kinds),
            "exact": set(&shapes.exact),
            "below": shapes.below,
            "globs": shapes.globs,
            "except_users": set(&control.except_users),
            "except_processes": set(&control.except_processes),
        });
        data.insert(name.to_owned(), control);
    }
    let (names, paths) = programs(host);
    data.insert("program_names".to_owned(), set(&names));
    data.insert("program_paths".to_owned(), set(&paths));
    data.insert("users".to_owned(), set(&host.users));
    data.insert("groups".to_owned(), set(&host.groups));
    data.into()
}

fn set(words: &[impl AsRef<str>]) -> serde_json::Value {
    let members: Map<String, serde_json::Value> =
        words.iter().map(|word| (word.as_ref().to_owned(), true.into())).collect();
    members.into()
}

fn input(act: &Act) -> Value {
    let input = json!({
        "kind": kind(act.what),
        "path": act.path,
        "name": base_name(&act.path),
        "process": act.process,
        "user": act.user,
        "groups": act.groups,
    });
    Value::from_json_str(&input.to_string()).expect("an input")
}
