//! Cedar: one policy for each control. `like` knows only `*`, which crosses `/`, so
//! that some globs say more than they should.

use std::str::FromStr;

use cedar_policy::RestrictedExpression as Value;
use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use wardline_benches::hosts::{Act, Host};

use super::{Shapes, base_name, controls, kind, programs};
use crate::race::Racer;

pub(super) fn racer<'a>(host: &Host, acts: &'a [Act]) -> Racer<'a> {
    let policies = PolicySet::from_str(&text(host)).expect("policies");
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    let requests: Vec<Request> = acts.iter().map(request).collect();
    Racer::new("cedar-policy", move |index| {
        let response = authorizer.is_authorized(&requests[index], &policies, &entities);
        2 * u8::from(response.decision() == Decision::Deny)
    })
}

fn text(host: &Host) -> String {
    let mut text = String::from("permit(principal, action, resource);\n");
    for (_, control, kinds) in controls(host) {
        let shapes = Shapes::new(&control.paths);
        let mut tests = vec![format!("[{}].contains(context.path)", quoted(&shapes.exact))];
        let likes = shapes.below.iter().map(|directory| format!("{directory}*"));
        let likes = likes.chain(shapes.globs.iter().map(|glob| like(glob)));
        tests.extend(likes.map(|like| format!("context.path like \"{like}\"")));
        let actions: Vec<String> = kinds.iter().map(|kind| format!("Action::\"{kind}\"")).collect();
        text += &format!(
            "forbid(principal, action in [{}], resource) when {{ {} }} \
             unless {{ [{}].contains(context.user) || [{}].contains(context.process) }};\n",
            actions.join(", "),
            balanced(&tests),
            quoted(&control.except_users),
            quoted(&control.except_processes),
        );
    }
    let (names, paths) = programs(host);
    text += &format!(
        "forbid(principal, action == Action::\"exec\", resource) when {{ \
         [{}].contains(context.name) || [{}].contains(context.path) }};\n",
        quoted(&names),
        quoted(&paths),
    );
    text += &format!(
        "forbid(principal, action == Action::\"login\", resource) when {{ \
         [{}].contains(context.user) || [{}].containsAny(context.groups) }};\n",
        quoted(&host.users),
        quoted(&host.groups),
    );
    text
}

/// `a || b || …` as a tree of little depth: the parser is recursive.
fn balanced(tests: &[String]) -> String {
    match tests {
        [] => "false".to_owned(),
        [one] => one.clone(),
        _ => {
            let (left, right) = tests.split_at(tests.len() / 2);
            format!("({} || {})", balanced(left), balanced(right))
        }
    }
}

/// A glob as far as `like` can say it.
fn like(glob: &str) -> String {
    let glob = glob.replace("[0-9]*", "*").replace("**/", "*").replace("**", "*");
    glob.replace('?', "*")
}

fn quoted(words: &[impl AsRef<str>]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("\"{}\"", word.as_ref())).collect();
    words.join(", ")
}

fn request(act: &Act) -> Request {
    let text = |text: &str| Value::new_string(text.to_owned());
    let context = Context::from_pairs([
        ("path".to_owned(), text(&act.path)),
        ("name".to_owned(), text(base_name(&act.path))),
        ("process".to_owned(), text(&act.process)),
        ("user".to_owned(), text(&act.user)),
        ("groups".to_owned(), Value::new_set(act.groups.iter().map(|group| text(group)))),
    ]);
    let uid = |text: &str| EntityUid::from_str(text).expect("a name");
    Request::new(
        uid("User::\"one\""),
        uid(&format!("Action::\"{}\"", kind(act.what))),
        uid("Host::\"this\""),
        context.expect("a context"),
        None,
    )
    .expect("a request")
}
