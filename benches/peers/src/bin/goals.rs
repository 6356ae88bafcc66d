//! The goals of `docs/performance.md`, one line each: name, measured, goal, `ok` or
//! `short`. Exits with 1 if any is short. See `scripts/bench --goals`.

mod goals {
    pub mod board;
    pub mod compile;
    pub mod decide;
    pub mod load;
}

use std::env;
use std::process::ExitCode;

use goals::{board::Board, compile, decide, load};
use wardline_benches::counted;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [first, rest @ ..] if first == "decide" => {
            counted::decide(rest);
            return ExitCode::SUCCESS;
        }
        [first, what] if first == "compile" => {
            compile::child(what);
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    // With words, only the rows that have one of them in their name.
    let mut board = Board::new(arguments);
    decide::paths(&mut board);
    decide::addresses(&mut board);
    decide::domains(&mut board);
    decide::programs(&mut board);
    decide::hosts(&mut board);
    decide::worst_case(&mut board);
    decide::threads(&mut board);
    load::rows(&mut board);
    compile::rows(&mut board);
    if board.is_short() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
