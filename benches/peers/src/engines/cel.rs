//! CEL: one expression; what it knows of the policy are variables.

use std::collections::HashMap;

use cel::{Context, Program, Value};
use std::sync::Arc;
use wardline_benches::hosts::{Act, Host};

use super::{Shapes, base_name, controls, glob_matches, kind, prepare, programs};
use crate::race::Racer;

const POLICY: &str = "
(kind in block_kinds && !(user in block_except_users) && !(process in block_except_processes)
 && (path in block_exact || block_below.exists(d, path.startsWith(d))
     || block_globs.exists(g, glob(g, path))))
|| (kind in read_only_kinds && !(user in read_only_except_users)
    && !(process in read_only_except_processes)
    && (path in read_only_exact || read_only_below.exists(d, path.startsWith(d))
        || read_only_globs.exists(g, glob(g, path))))
|| (kind == 'exec' && (name in program_names || path in program_paths))
|| (kind == 'login' && (user in refused_users || groups.exists(g, g in refused_groups)))
";

pub(super) fn racer<'a>(host: &Host, acts: &'a [Act]) -> Racer<'a> {
    let program = Program::compile(POLICY).expect("an expression");
    let mut context = Context::default();
    context
        .add_function("glob", |glob: Arc<String>, path: Arc<String>| glob_matches(&glob, &path))
        .expect("a function");
    let mut set = |name: String, words: Vec<String>| {
        let members: HashMap<String, bool> = words.into_iter().map(|word| (word, true)).collect();
        context.add_variable_from_value(name, members);
    };
    let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    for (name, control, kinds) in controls(host) {
        set(format!("{name}_kinds"), owned(kinds));
        set(format!("{name}_exact"), owned(&Shapes::new(&control.paths).exact));
        set(format!("{name}_except_users"), control.except_users.clone());
        set(format!("{name}_except_processes"), control.except_processes.clone());
    }
    let (names, paths) = programs(host);
    set("program_names".to_owned(), owned(&names));
    set("program_paths".to_owned(), owned(&paths));
    set("refused_users".to_owned(), host.users.clone());
    set("refused_groups".to_owned(), host.groups.clone());
    for (name, control, _) in controls(host) {
        let shapes = Shapes::new(&control.paths);
        let globs: Vec<String> = shapes.globs.iter().map(|&glob| glob.to_owned()).collect();
        globs.iter().for_each(|glob| prepare(glob));
        context.add_variable_from_value(format!("{name}_globs"), globs);
        context.add_variable_from_value(format!("{name}_below"), shapes.below);
    }
    Racer::new("cel", move |index| {
        let act = &acts[index];
        let mut event = context.new_inner_scope();
        event.add_variable_from_value("kind", kind(act.what));
        event.add_variable_from_value("path", act.path.as_str());
        event.add_variable_from_value("name", base_name(&act.path));
        event.add_variable_from_value("process", act.process.as_str());
        event.add_variable_from_value("user", act.user.as_str());
        event.add_variable_from_value("groups", act.groups.clone());
        2 * u8::from(program.execute(&event).expect("a decision") == Value::Bool(true))
    })
}
