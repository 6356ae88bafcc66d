//! Times several ways of answering the same questions, in one process and in turns.
//!
//! The machine is never quiet, so each is timed in many short runs and the shortest
//! count: interruptions only ever add.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

/// One way of answering.
pub struct Racer<'a> {
    /// What it is called in tables.
    pub name: String,
    /// Bytes of its tables in memory, where known.
    pub bytes: Option<usize>,
    run: Box<dyn FnMut(Range<usize>) -> usize + 'a>,
}

impl<'a> Racer<'a> {
    /// A way of answering question number so-and-so. Answers are small numbers,
    /// mostly 0 or 1.
    pub fn new(name: impl Into<String>, mut answer: impl FnMut(usize) -> u8 + 'a) -> Racer<'a> {
        // The loop is compiled together with the answer, so that the indirect call
        // is paid for once a run.
        let run = move |range: Range<usize>| range.map(|index| usize::from(answer(index))).sum();
        Racer { name: name.into(), bytes: None, run: Box::new(run) }
    }

    /// With the size of its tables.
    pub fn sized(self, bytes: usize) -> Racer<'a> {
        Racer { bytes: Some(bytes), ..self }
    }

    /// The answer to one question.
    pub fn answer(&mut self, index: usize) -> usize {
        (self.run)(index..index + 1)
    }
}

/// Nanoseconds for each answer, by name.
pub type Times = BTreeMap<String, f64>;

/// Questions which the racers do not answer as the first of them does, with who.
pub fn disagreements(racers: &mut [Racer<'_>], questions: usize) -> Vec<(usize, String)> {
    let Some((first, others)) = racers.split_first_mut() else { return Vec::new() };
    let mut found = Vec::new();
    for index in 0..questions {
        let right = first.answer(index);
        let wrong = others.iter_mut().filter(|other| other.answer(index) != right);
        found.extend(wrong.map(|other| (index, other.name.clone())));
    }
    found
}

/// Times all racers on `questions`, within about `limit`.
///
/// # Panics
///
/// If two answer differently.
pub fn race(racers: &mut [Racer<'_>], questions: usize, limit: Duration) -> Times {
    // Who is very slow gets fewer questions, all of them still the same for all.
    let slowest = racers
        .iter_mut()
        .map(|racer| {
            let start = Instant::now();
            (racer.run)(0..questions.min(4));
            start.elapsed().as_nanos() / 4
        })
        .max()
        .unwrap_or(1)
        .max(1);
    let share = limit.as_nanos() / (racers.len() as u128 + 1) / 6;
    let questions = questions.min((share / slowest).max(16) as usize);
    let wrong = disagreements(racers, questions);
    assert!(wrong.is_empty(), "answered differently: {:?}", &wrong[..wrong.len().min(5)]);
    let chunk = questions.min(CHUNK);
    let chunks = questions / chunk;
    let mut best = vec![vec![Duration::MAX; chunks]; racers.len()];
    let end = Instant::now() + limit;
    let mut round = 0;
    while round < 3 || Instant::now() < end {
        round += 1;
        for (racer, best) in racers.iter_mut().zip(&mut best) {
            for (index, best) in best.iter_mut().enumerate() {
                let range = index * chunk..(index + 1) * chunk;
                let start = Instant::now();
                std::hint::black_box((racer.run)(range));
                *best = start.elapsed().min(*best);
            }
        }
        if round > 400 {
            break;
        }
    }
    let answers = (chunk * chunks) as f64;
    racers
        .iter()
        .zip(best)
        .map(|(racer, best)| {
            let total: Duration = best.iter().sum();
            (racer.name.clone(), total.as_nanos() as f64 / answers)
        })
        .collect()
}

/// Questions timed together: long enough for the clock, short enough to be left alone.
const CHUNK: usize = 250;
