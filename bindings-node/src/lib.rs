//! The engine as an addon for Node.js.
//!
//! Nothing is decided here and little is checked: `lib/` gives these functions
//! the shape that a JavaScript programmer expects, `hot` holds the calls that
//! decide, `bound` makes functions of them, `cold`, `watch`, `programs` and `compile` the others. Answers of the cold ones are JSON.

mod act;
mod actor;
mod acts;
mod bound;
mod call;
mod cold;
mod compile;
mod copying;
mod handle;
mod hot;
mod paths;
mod place;
mod programs;
mod surely;
mod text;
mod touch;
mod watch;
mod wire;
