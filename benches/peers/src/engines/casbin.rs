//! Casbin: one line of policy for each entry, with a function for globs that were
//! compiled before; its own would compile them again each time.

use casbin::function_map::{OperatorFunction, dynamic_to_str};
use casbin::rhai::Dynamic;
use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};
use wardline_benches::hosts::{Act, Host, What};

use super::{controls, glob_matches, kind, prepare};
use crate::race::Racer;

const MODEL: &str = r#"
[request_definition]
r = kind, path, process, user, groups

[policy_definition]
p = kinds, pattern, except_users, except_processes

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = has(p.kinds, r.kind) && matches(p.pattern, r.path, r.user, r.groups) && !has(p.except_users, r.user) && !has(p.except_processes, r.process)
"#;

pub(super) fn racer<'a>(host: &Host, acts: &'a [Act]) -> Racer<'a> {
    let mut enforcer = pollster::block_on(async {
        let model = DefaultModel::from_str(MODEL).await.expect("a model");
        Enforcer::new(model, MemoryAdapter::default()).await.expect("an enforcer")
    });
    enforcer.add_function("has", OperatorFunction::Arg2(has));
    enforcer.add_function("matches", OperatorFunction::Arg4(matches));
    pollster::block_on(enforcer.add_policies(lines(host))).expect("policies");
    let requests: Vec<[String; 5]> = acts.iter().map(request).collect();
    Racer::new("casbin", move |index| {
        let [kind, path, process, user, groups] = &requests[index];
        let refused = enforcer.enforce((kind, path, process, user, groups)).expect("a decision");
        2 * u8::from(refused)
    })
}

fn lines(host: &Host) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    for (_, control, kinds) in controls(host) {
        for glob in &control.paths {
            prepare(glob);
            lines.push(vec![
                list(kinds),
                glob.clone(),
                list(&control.except_users),
                list(&control.except_processes),
            ]);
        }
    }
    for glob in &host.programs {
        prepare(glob);
        lines.push(vec![list(&["exec"]), glob.clone(), list(NONE), list(NONE)]);
    }
    let accounts = host.users.iter().map(|user| format!("user:{user}"));
    let accounts = accounts.chain(host.groups.iter().map(|group| format!("group:{group}")));
    lines.extend(accounts.map(|account| vec![list(&["login"]), account, list(NONE), list(NONE)]));
    lines
}

const NONE: &[&str] = &[];

/// `|a|b|`, so that a member is found with one search.
fn list(words: &[impl AsRef<str>]) -> String {
    words.iter().fold("|".to_owned(), |list, word| list + word.as_ref() + "|")
}

fn request(act: &Act) -> [String; 5] {
    let path = if act.what == What::Login { String::new() } else { act.path.clone() };
    [kind(act.what).to_owned(), path, act.process.clone(), act.user.clone(), list(&act.groups)]
}

fn has(list: Dynamic, word: Dynamic) -> Dynamic {
    let (list, word) = (dynamic_to_str(&list), dynamic_to_str(&word));
    list.split('|').any(|member| !member.is_empty() && member == word).into()
}

fn matches(pattern: Dynamic, path: Dynamic, user: Dynamic, groups: Dynamic) -> Dynamic {
    let pattern = dynamic_to_str(&pattern);
    if let Some(account) = pattern.strip_prefix("user:") {
        return (account == dynamic_to_str(&user)).into();
    }
    if let Some(account) = pattern.strip_prefix("group:") {
        return dynamic_to_str(&groups).split('|').any(|group| group == account).into();
    }
    glob_matches(&pattern, &dynamic_to_str(&path)).into()
}
