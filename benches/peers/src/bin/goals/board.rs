//! Where results are shown.

/// Prints rows as they come and remembers whether any is short.
pub struct Board {
    only: Vec<String>,
    short: usize,
    rows: usize,
}

impl Board {
    /// Shows the rows that have one of these words in their name; without words, all.
    pub fn new(only: Vec<String>) -> Board {
        Board { only, short: 0, rows: 0 }
    }

    /// Whether rows whose names begin so are wanted; asked before measuring.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|word| name.contains(word.as_str()))
    }

    /// A row that must measure at least so much.
    pub fn at_least(&mut self, name: &str, measured: f64, goal: f64, unit: &str) {
        self.row(name, measured, '≥', goal, unit, measured >= goal);
    }

    /// A row that must measure at most so much.
    pub fn at_most(&mut self, name: &str, measured: f64, goal: f64, unit: &str) {
        self.row(name, measured, '≤', goal, unit, measured <= goal);
    }

    /// A row that could not be measured here.
    pub fn skipped(&mut self, name: &str, why: &str) {
        println!("{name:52} skipped: {why}");
    }

    fn row(&mut self, name: &str, measured: f64, sign: char, goal: f64, unit: &str, ok: bool) {
        let verdict = if ok { "ok" } else { "short" };
        println!("{name:52} {measured:>10.2}{unit:5} {sign} {goal}{unit:5} {verdict}");
        self.rows += 1;
        self.short += usize::from(!ok);
    }

    /// Says how many were short, and whether any was.
    pub fn is_short(&self) -> bool {
        println!("{} of {} goals are short", self.short, self.rows);
        self.short > 0
    }
}
