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
        for other in others.iter_mut() {
            if other.answer(index) != right {
                found.push((index, other.name.clone()));
            }
        }
    }
    found
}

/// Times all racers on `questions`, within about `limit`. Who is very slow gets fewer.
///
/// # Panics
///
/// If two answer differently.
pub fn race(racers: &mut [Racer<'_>], questions: usize, limit: Duration) -> Times {
    let share = limit / (racers.len() as u32 + 1);
    let counts: Vec<usize> = racers
        .iter_mut()
        .map(|racer| {
            let start = Instant::now();
            (racer.run)(0..questions.min(4));
            // Checked once and timed at least three times.
            let affordable = share.as_nanos() / (start.elapsed().as_nanos() / 4).max(1) / 5;
            questions.min((affordable as usize).max(4))
        })
        .collect();
    for (index, &count) in counts.iter().enumerate().skip(1) {
        for question in 0..count {
            let (right, other) = (racers[0].answer(question), racers[index].answer(question));
            let name = &racers[index].name;
            assert_eq!(right, other, "{name} answers question {question} differently");
        }
    }
    let chunks: Vec<usize> = counts.iter().map(|&count| count.min(CHUNK)).collect();
    let mut best: Vec<Vec<Duration>> = counts
        .iter()
        .zip(&chunks)
        .map(|(count, chunk)| vec![Duration::MAX; count / chunk])
        .collect();
    let mut spent = vec![Duration::ZERO; racers.len()];
    for round in 0..MOST_ROUNDS {
        let mut all_done = true;
        for (index, racer) in racers.iter_mut().enumerate() {
            if round >= 3 && spent[index] > share {
                continue;
            }
            all_done = false;
            for (number, best) in best[index].iter_mut().enumerate() {
                let range = number * chunks[index]..(number + 1) * chunks[index];
                let start = Instant::now();
                std::hint::black_box((racer.run)(range));
                let time = start.elapsed();
                spent[index] += time;
                *best = time.min(*best);
            }
        }
        if all_done {
            break;
        }
    }
    let each = |index: usize| {
        let total: Duration = best[index].iter().sum();
        total.as_nanos() as f64 / (best[index].len() * chunks[index]) as f64
    };
    racers.iter().enumerate().map(|(index, racer)| (racer.name.clone(), each(index))).collect()
}

/// More rounds do not make the shortest time any shorter.
const MOST_ROUNDS: usize = 200;
/// Questions timed together: long enough for the clock, short enough to be left alone.
const CHUNK: usize = 250;
