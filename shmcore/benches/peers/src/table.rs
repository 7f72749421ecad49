//! Several ways to do one thing, timed in turns, and the table that tells of it: a row a workload, a column a peer.

use std::fmt::{self, Write};
use std::time::Duration;

use crate::peers::Peer;

/// One way to do it. A sample has a time for each row, in nanoseconds an operation.
pub(crate) struct Side<'a, const ROWS: usize> {
    peer: Peer,
    way: Way<'a, ROWS>,
}

enum Way<'a, const ROWS: usize> {
    Sample(Box<dyn FnMut() -> [f64; ROWS] + 'a>),
    Nothing(Cell),
}

impl<'a, const ROWS: usize> Side<'a, ROWS> {
    pub(crate) fn new(peer: Peer, sample: impl FnMut() -> [f64; ROWS] + 'a) -> Self {
        Self { peer, way: Way::Sample(Box::new(sample)) }
    }

    /// A peer without a figure.
    pub(crate) fn without(peer: Peer, cell: Cell) -> Self {
        Self { peer, way: Way::Nothing(cell) }
    }
}

/// What is known of one peer in one row.
#[derive(Clone)]
pub(crate) enum Cell {
    Figure(Figure),
    /// It is not on this machine, for this reason: said loudly.
    NotHere(&'static str),
    /// There is no such thing in it, for this reason.
    Cannot(&'static str),
    /// It waited so long in vain.
    Never(Duration),
}

#[derive(Clone, Copy)]
pub(crate) struct Figure {
    /// Of the samples, in nanoseconds an operation.
    pub(crate) median: f64,
    /// Half the distance of the quartiles, as a part of the median.
    spread: f64,
    /// The median over all rounds of the ratio to the first side.
    pub(crate) ratio: f64,
}

impl Figure {
    /// Of the samples of one side, and of the first side in the same rounds.
    pub(crate) fn new(samples: &[f64], first: &[f64]) -> Self {
        let median = quantile(samples, 1, 2);
        let ratios: Vec<f64> = samples.iter().zip(first).map(|(sample, first)| sample / first).collect();
        let spread = (quantile(samples, 3, 4) - quantile(samples, 1, 4)) / 2.0 / median;
        Self { median, spread, ratio: quantile(&ratios, 1, 2) }
    }
}

/// The value that `part` of `whole` parts of the samples are below.
fn quantile(samples: &[f64], part: usize, whole: usize) -> f64 {
    let mut samples = samples.to_vec();
    samples.sort_by(f64::total_cmp);
    samples[((samples.len() - 1) * part + whole / 2) / whole]
}

pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) cells: Vec<(Peer, Cell)>,
}

/// Takes a sample of every side in each round, and begins each round with another side. The first side is what all others are
/// compared with. One round goes before, which warms up.
pub(crate) fn compare<const ROWS: usize>(
    names: [String; ROWS],
    rounds: usize,
    mut sides: Vec<Side<'_, ROWS>>,
) -> Vec<Row> {
    let mut samples: Vec<Vec<[f64; ROWS]>> = sides.iter().map(|_| Vec::new()).collect();
    for round in 0..=rounds {
        for turn in 0..sides.len() {
            let index = (turn + round) % sides.len();
            if let Way::Sample(sample) = &mut sides[index].way {
                let sample = sample();
                if round > 0 {
                    samples[index].push(sample);
                }
            }
        }
    }
    let column =
        |index: usize, row: usize| samples[index].iter().map(|sample| sample[row]).collect::<Vec<_>>();
    let row = |(row, name): (usize, String)| {
        let first = column(0, row);
        let cell = |(index, side): (usize, &Side<'_, ROWS>)| match &side.way {
            Way::Sample(_) => (side.peer, Cell::Figure(Figure::new(&column(index, row), &first))),
            Way::Nothing(cell) => (side.peer, cell.clone()),
        };
        Row { name, cells: sides.iter().enumerate().map(cell).collect() }
    };
    names.into_iter().enumerate().map(row).collect()
}

/// Rows that belong together.
pub(crate) struct Table {
    /// What was found besides the figures.
    pub(crate) found: Option<String>,
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What makes the comparison a fair one, and where it is not.
    pub(crate) fairness: &'static str,
    pub(crate) rows: Vec<Row>,
}

impl Table {
    /// The peers of any row, in the order of their first row.
    fn peers(&self) -> Vec<Peer> {
        let mut peers: Vec<Peer> = Vec::new();
        for (peer, _) in self.rows.iter().flat_map(|row| &row.cells) {
            if !peers.contains(peer) {
                peers.push(*peer);
            }
        }
        peers
    }

    /// All figures, with the name of their row.
    pub(crate) fn figures(&self) -> impl Iterator<Item = (&Row, &Peer, &Figure)> {
        let cells = self.rows.iter().flat_map(|row| row.cells.iter().map(move |cell| (row, cell)));
        cells.filter_map(|(row, (peer, cell))| match cell {
            Cell::Figure(figure) => Some((row, peer, figure)),
            _ => None,
        })
    }

    /// Why there is no figure, once for each reason.
    fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        for row in &self.rows {
            for (peer, cell) in &row.cells {
                let reason = match cell {
                    Cell::NotHere(reason) => format!("!!! NOT HERE: {}: {reason}", peer.name),
                    Cell::Cannot(reason) => format!("–: {}: {reason}", peer.name),
                    _ => continue,
                };
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
            }
        }
        reasons
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {} ({})\n\n{}\n", self.title, self.name, self.fairness)?;
        let peers = self.peers();
        let mut lines = vec![Vec::from([String::new()])];
        lines[0].extend(peers.iter().map(|peer| peer.name.to_owned()));
        for row in &self.rows {
            let text = |peer: &Peer| {
                let cell = row.cells.iter().find(|cell| cell.0 == *peer);
                cell.map_or_else(String::new, |(peer, cell)| cell.text(*peer == peers[0]))
            };
            lines.push([row.name.clone()].into_iter().chain(peers.iter().map(text)).collect());
        }
        f.write_str(&aligned(&lines))?;
        self.reasons().iter().chain(&self.found).try_for_each(|line| writeln!(f, "\n{line}"))
    }
}

impl Cell {
    fn text(&self, is_first: bool) -> String {
        match self {
            Self::Figure(Figure { median, spread, ratio }) => {
                let spread = (spread * 100.0).round();
                let sign = if spread > 999.0 { "±>" } else { "±" };
                let figure = format!("{} {sign}{}%", nanoseconds(*median), spread.min(999.0));
                if is_first { figure } else { format!("{figure} ({})", times(*ratio)) }
            }
            Self::NotHere(_) => "NOT HERE".to_owned(),
            Self::Cannot(_) => "–".to_owned(),
            Self::Never(waited) => format!("never (waited {} ms)", waited.as_millis()),
        }
    }
}

/// A ratio in three digits or so.
pub(crate) fn times(ratio: f64) -> String {
    match ratio {
        ..0.1 => format!("{ratio:.3}×"),
        0.1..10.0 => format!("{ratio:.2}×"),
        10.0..100.0 => format!("{ratio:.1}×"),
        _ => format!("{ratio:.0}×"),
    }
}

/// In three digits at least, thousands apart.
pub(crate) fn nanoseconds(nanoseconds: f64) -> String {
    if nanoseconds < 100.0 {
        let decimals = if nanoseconds < 10.0 { 2 } else { 1 };
        return format!("{nanoseconds:.decimals$} ns");
    }
    let digits = format!("{nanoseconds:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text + " ns"
}

/// A table of Markdown whose columns are as wide as they need to be. The first line has the headings.
pub(crate) fn aligned(lines: &[Vec<String>]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            let cell = if column == 0 { format!("| {cell:<width$} |") } else { format!(" {cell:>width$} |") };
            text += &cell;
        }
        text.push('\n');
        if index == 0 {
            for (column, &width) in widths.iter().enumerate() {
                let edge = if column == 0 { "|" } else { "" };
                write!(text, "{edge}{}|", "-".repeat(width + 2)).expect("a string takes all");
            }
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Figure, nanoseconds, times};

    #[test]
    fn figure_is_the_median_and_the_ratio_that_of_each_round() {
        // One round was disturbed for both sides.
        let figure = Figure::new(&[4.0, 40.0, 4.0], &[2.0, 20.0, 2.0]);
        assert_eq!(
            (nanoseconds(figure.median), times(figure.ratio)),
            ("4.00 ns".to_owned(), "2.00×".to_owned())
        );
    }

    #[test]
    fn nanoseconds_have_three_digits_and_thousands_apart() {
        let text = [0.724, 10.46, 999.6, 1_234_567.0].map(nanoseconds);
        assert_eq!(text, ["0.72 ns", "10.5 ns", "1 000 ns", "1 234 567 ns"]);
    }
}
