//! An event of which little is known is read by a shorter way than one with a list.
//! Whatever any word of the struct holds, both ways say the same. The fields are not
//! listed here, so none can be forgotten.

mod c_program;

use std::mem::{MaybeUninit, offset_of, size_of};

use c_program::{Owned, out_to, to};
use serde_json::Value;
use wardline_c::decide::wardline_engine_decide;
use wardline_c::engine::wardline_engine;
use wardline_c::event::{wardline_event, wardline_process};
use wardline_c::raw::{In, Mut, wardline_bytes};
use wardline_c::report::wardline_engine_audit;
use wardline_c::status::wardline_status;

const POLICY: &str = r#"{ "wardline": 1, "kind": "host", "name": "all", "platform": "linux",
    "mode": "audit", "controls": {
        "executables_blocked": { "executables": ["nc"] },
        "forensics": { "os_user_activity": true, "full_command_arguments": true,
            "successful_logins": true, "failed_logins": true } } }"#;

/// An event as the words it is made of.
type Words = [usize; size_of::<wardline_event<'_>>() / size_of::<usize>()];
const PROCESS_ARGV: usize =
    offset_of!(wardline_event<'_>, process) + offset_of!(wardline_process<'_>, argv);
const ARGV: usize = PROCESS_ARGV / size_of::<usize>();
const ACTOR: usize = offset_of!(wardline_event<'_>, actor) / size_of::<usize>();
const OF: usize = offset_of!(wardline_event<'_>, of) / size_of::<usize>();

/// What a pointer of any type may point to: empty items, and no handle.
#[repr(align(16))]
struct Zeros([u8; 1024]);
static ZEROS: Zeros = Zeros([0; 1024]);
static TEXT: [u8; 2] = *b"/a";

#[test]
fn every_word_is_read_alike_with_and_without_a_list() {
    let engine = engine(POLICY);
    let mut statuses = [0; 5];
    for (event, free) in events() {
        for (at, pattern) in free.iter().flat_map(|at| patterns(*at).map(|all| (*at, all))) {
            if pattern.iter().enumerate().all(|(next, _)| free.contains(&(at + next))) {
                let status = compare(&engine, changed(event, at, &pattern));
                statuses[status as usize] += 1;
            }
        }
    }
    // Otherwise nothing was compared.
    let all = [wardline_status::Ok, wardline_status::NullArgument, wardline_status::WrongHandle];
    assert!(all.iter().all(|status| statuses[*status as usize] > 100), "{statuses:?}");
    assert!(statuses[wardline_status::InvalidArgument as usize] > 100, "{statuses:?}");
}

/// The first mistake is the one that is told.
#[test]
fn two_mistakes_are_told_alike_with_and_without_a_list() {
    let engine = engine(POLICY);
    for (event, free) in events() {
        let pairs = free.iter().filter(|at| free.contains(&(*at + 1)));
        for one in pairs.clone() {
            // Between them a word more, or they would make a field that is right.
            for other in pairs.clone().filter(|other| other.abs_diff(*one) > 2) {
                let words = changed(event, *one, &[0, 3]);
                compare(&engine, changed(words, *other, &[zeros(), usize::MAX]));
            }
        }
    }
}

/// Events of a batch are read to one place: nothing of one is left to the next.
#[test]
fn nothing_of_one_event_is_left_to_the_next_of_a_batch() {
    let policy = r#"{ "wardline": 1, "kind": "host", "name": "left", "platform": "linux",
        "mode": "enforce", "controls": {
            "file_block": { "paths": ["/secret"], "except_users": ["uid:0", "alice"],
                "except_processes": ["/usr/bin/backup"] },
            "executables_blocked": { "executables": ["nc"], "except_users": ["uid:0"] } } }"#;
    let engine = engine(policy);
    let events: Vec<_> = [
        // Each would turn the decision about the next with what it has more.
        r#"{"kind":"file","operation":"read","path":"/a","user":{"id":0}}"#,
        r#"{"kind":"file","operation":"read","path":"/secret"}"#,
        r#"{"kind":"file","operation":"read","path":"/a","user":{"name":"alice"}}"#,
        r#"{"kind":"file","operation":"read","path":"/secret","user":{"id":7}}"#,
        r#"{"kind":"file","operation":"read","path":"/a","process":{"path":"/usr/bin/backup"}}"#,
        r#"{"kind":"file","operation":"read","path":"/secret","user":{"id":7}}"#,
        r#"{"kind":"file","operation":"link","path":"/a","target":"/secret","user":{"id":7}}"#,
        r#"{"kind":"file","operation":"link","path":"/a","target":"/b","user":{"id":7}}"#,
        r#"{"kind":"exec","path":"/bin/sh","user":{"id":0}}"#,
        r#"{"kind":"exec","path":"/bin/nc"}"#,
        r#"{"kind":"exec","path":"/bin/nc","user":{"id":0}}"#,
        r#"{"kind":"file","operation":"read","path":"/secret"}"#,
    ]
    .iter()
    .map(|line| c_program::event(&serde_json::from_str(line).unwrap()).unwrap())
    .collect();
    let together = c_program::decide_batch(&engine, None, &events);
    for (event, together) in events.iter().zip(together) {
        let mut alone = c_program::none();
        let status = wardline_engine_decide(engine.get(), Mut::NULL, to(event), out_to(&mut alone));
        assert_eq!(status, wardline_status::Ok);
        assert_eq!(c_program::words(&engine, &together), c_program::words(&engine, &alone));
    }
}

/// The least that is known of an event of each kind, and the words that are left.
fn events() -> impl Iterator<Item = (Words, Vec<usize>)> {
    let text = TEXT.as_ptr() as usize;
    (1..=11).flat_map(move |kind| {
        let mut nothing = [0; size_of::<Words>() / size_of::<usize>()];
        nothing[0] = size_of::<Words>() | kind << 32;
        let has_path_first = [2, 4, 9, 10].contains(&kind);
        let firsts: [&[usize]; 3] = match has_path_first {
            true => [&[], &[text, 2], &[text, 0]],
            false => [&[], &[1, text, 2], &[1 | 1 << 32, text, 2]],
        };
        firsts.map(|first| {
            let free = (1..nothing.len()).filter(|at| !(OF..OF + first.len()).contains(at));
            (changed(nothing, OF, first), free.collect())
        })
    })
}

/// What words may hold: something, and what is wrong.
fn patterns(at: usize) -> impl Iterator<Item = Vec<usize>> {
    let pairs = [
        vec![zeros(), 3],
        vec![zeros(), 20],
        vec![zeros(), 0],
        vec![zeros(), usize::MAX],
        vec![zeros(), isize::MAX as usize + 1],
        vec![0, 3],
        vec![0, usize::MAX],
    ];
    // A number is no pointer, which is read only of an actor.
    let bits = (0..if at == ACTOR { 0 } else { usize::BITS }).map(|bit| vec![1 << bit]);
    let bytes = (0..if at == ACTOR { 0 } else { 8 })
        .flat_map(|byte| [2, 3, 255].map(|value| vec![value << (8 * byte)]));
    pairs.into_iter().chain(bits).chain(bytes)
}

fn zeros() -> usize {
    ZEROS.0.as_ptr() as usize
}

fn changed(mut event: Words, at: usize, to: &[usize]) -> Words {
    for (place, word) in event[at..].iter_mut().zip(to) {
        *place = *word;
    }
    event
}

/// Of an event, and of the same with a list that means nothing, the same is said.
fn compare(engine: &Owned<wardline_engine>, event: Words) -> wardline_status {
    let argument = [wardline_bytes::new(b"-c")];
    let list = changed(event, ARGV, &[argument.as_ptr() as usize, 1]);
    let (short, long) = (said(engine, event), said(engine, list));
    // But where the list itself was changed.
    if event[ARGV..ARGV + 2] == [0, 0] {
        assert_eq!(short, long, "of {event:x?}");
    }
    short.0
}

fn said(
    engine: &Owned<wardline_engine>,
    event: Words,
) -> (wardline_status, Option<(c_program::Words, Value)>) {
    let mut read = MaybeUninit::<wardline_event<'_>>::uninit();
    // SAFETY: of the same size; an event is made of integers and pointers, and every
    // pointer that is read is to `TEXT`, `ZEROS` or an argument.
    let event = unsafe {
        read.as_mut_ptr().cast::<Words>().write_unaligned(event);
        read.assume_init()
    };
    let mut out = c_program::none();
    let status = wardline_engine_decide(engine.get(), Mut::NULL, to(&event), out_to(&mut out));
    if status != wardline_status::Ok {
        return (status, None);
    }
    let audited = c_program::text(|text, capacity, length| {
        let (event, decision, none) = (to(&event), to(&out), wardline_bytes::NONE);
        let of = engine.get();
        wardline_engine_audit(of, event, decision, In::NULL, 0, none, text, capacity, length)
    });
    let mut audited: Value = serde_json::from_str(&audited).unwrap();
    audited.as_object_mut().unwrap().remove("arguments_removed");
    let event = audited["event"].as_object_mut().unwrap();
    if let Some(process) = event.get_mut("process").and_then(Value::as_object_mut) {
        process.remove("argv");
        if process.is_empty() {
            event.remove("process");
        }
    }
    (status, Some((c_program::words(engine, &out), audited)))
}

fn engine(policy: &str) -> Owned<wardline_engine> {
    let (status, compiled) = c_program::compile(&[("all.json", policy.to_owned())], &[]);
    assert_eq!(status, wardline_status::Ok);
    c_program::load(&c_program::bundle(&compiled.unwrap()), &c_program::binding())
}
