//! What was measured at several sizes: a table and a plot of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use plotters::prelude::*;

use crate::contests::{Contest, ENGINE, is_ours};

/// Nanoseconds for each answer, by name and by size.
pub struct Series {
    title: String,
    sizes: Vec<usize>,
    lines: BTreeMap<String, Vec<Option<f64>>>,
    notes: Vec<String>,
}

impl Series {
    /// Nothing measured yet.
    pub fn new(title: &str) -> Series {
        Series {
            title: title.to_owned(),
            sizes: Vec::new(),
            lines: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// Adds what was measured at one size.
    pub fn add(&mut self, size: usize, contest: &Contest) {
        self.sizes.push(size);
        for name in contest.times.keys() {
            self.lines.entry(name.clone()).or_default();
        }
        for (name, line) in &mut self.lines {
            line.resize(self.sizes.len() - 1, None);
            line.push(contest.times.get(name).copied());
        }
        for (name, why) in &contest.absent {
            self.notes.push(format!("{name} at {}: {why}.", grouped(size)));
        }
    }

    /// Adds a remark that stands below the table.
    pub fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// Names in the order of the tables: the engine, then the fastest at the largest
    /// size first.
    fn names(&self) -> Vec<&String> {
        let last = |name: &String| {
            let line = &self.lines[name];
            let place = line.iter().rposition(Option::is_some);
            let place = place.unwrap_or(0);
            (!is_ours(name), name != ENGINE, usize::MAX - place, line[place].unwrap_or(f64::MAX))
        };
        let mut names: Vec<&String> = self.lines.keys().collect();
        names.sort_by(|a, b| {
            let (a, b) = (last(a), last(b));
            (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)).then(a.3.total_cmp(&b.3))
        });
        names
    }

    /// The table, in Markdown, and the plot in a file beside it.
    pub fn to_markdown(&self, directory: &Path, file: &str) -> String {
        self.plot(&directory.join(file));
        let folder = directory.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let mut text = format!("### {}\n\n![{}]({folder}/{file})\n\n|", self.title, self.title);
        for size in &self.sizes {
            write!(text, " | {}", grouped(*size)).expect("a string");
        }
        writeln!(text, " |\n|---{}|", "|---:".repeat(self.sizes.len())).expect("a string");
        for name in self.names() {
            write!(text, "| {name}").expect("a string");
            for time in &self.lines[name] {
                write!(text, " | {}", time.map_or("–".to_owned(), readable)).expect("a string");
            }
            text += " |\n";
        }
        text += "\n";
        for note in &self.notes {
            writeln!(text, "- {note}").expect("a string");
        }
        text + "\n"
    }

    fn plot(&self, file: &Path) {
        let root = SVGBackend::new(file, (720, 400)).into_drawing_area();
        root.fill(&WHITE).expect("drawn");
        let values = self.lines.values().flatten().flatten().copied();
        let (low, high) = values.fold((f64::MAX, 1.0), |(low, high), value| {
            (f64::min(low, value), f64::max(high, value))
        });
        let first = *self.sizes.first().unwrap_or(&1) as f64;
        let last = *self.sizes.last().unwrap_or(&10) as f64;
        let mut chart = ChartBuilder::on(&root)
            .caption(&self.title, ("sans-serif", 18))
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(70)
            .build_cartesian_2d(
                (first..last * 1.05).log_scale(),
                (low / 1.5..high * 1.5).log_scale(),
            )
            .expect("drawn");
        chart
            .configure_mesh()
            .x_desc("entries")
            .y_desc("time for a decision")
            .x_label_formatter(&|size| grouped(size.round() as usize))
            .y_label_formatter(&|time| readable(*time))
            .draw()
            .expect("drawn");
        for (index, name) in self.names().into_iter().enumerate() {
            let color = Palette99::pick(index).to_rgba();
            let style = color.stroke_width(if name == ENGINE { 4 } else { 2 });
            let sizes = self.sizes.iter().map(|&size| size as f64);
            let points: Vec<(f64, f64)> =
                sizes.zip(&self.lines[name]).filter_map(|(x, y)| Some((x, (*y)?))).collect();
            chart
                .draw_series(LineSeries::new(points.clone(), style).point_size(3))
                .expect("drawn")
                .label(name.as_str())
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], style));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .draw()
            .expect("drawn");
        root.present().expect("the plot is written");
    }
}

/// `12 ns`, `3.4 µs`, `5.6 ms`.
pub fn readable(nanoseconds: f64) -> String {
    match nanoseconds {
        ..100.0 => format!("{nanoseconds:.1} ns"),
        ..10_000.0 => format!("{nanoseconds:.0} ns"),
        ..1e6 => format!("{:.1} µs", nanoseconds / 1e3),
        ..1e9 => format!("{:.1} ms", nanoseconds / 1e6),
        _ => format!("{:.1} s", nanoseconds / 1e9),
    }
}

/// `1,000,000`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
