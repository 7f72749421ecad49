//! The main results as a picture: bars that begin where shmcore is, longer to the right for who is slower, to the left for who is
//! faster, on a scale of logarithms. Nothing in it is loaded from elsewhere.

use std::fmt::Write;

use crate::machine::Machine;
use crate::options::Pace;
use crate::peers::{Answer, NO_DERIVE, Peer, SHMCORE};
use crate::table::{Cell, Row, Table, nanoseconds, times};

/// What is drawn, of all that is measured: the table and the row.
const MAIN: [(&str, &str); 17] = [
    ("regions", "create and drop, 4 KiB"),
    ("regions", "attach and drop, 64 MiB"),
    ("regions", "read 8 bytes"),
    ("locks", "uncontended"),
    ("locks", "contended by two"),
    ("notice", "who waits for its lock, small owner"),
    ("notice", "ask whether it lives"),
    ("seqlocks", "64 B, 10^5 writes/s"),
    ("seqlocks", "4 KiB, 10^5 writes/s"),
    ("fixed", "map of 3·10^4, insert"),
    ("fixed", "map of 3·10^4, look up"),
    ("growing", "vector, push"),
    ("growing", "map, insert"),
    ("growing", "map, look up"),
    ("allocate", "by one process"),
    ("allocate", "by two processes"),
    ("derive", "a struct with 10 fields"),
];

/// In pixels.
const WIDTH: f64 = 900.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 720.0;
const LINE: f64 = 16.0;
/// The ratios at the ends of the scale; what is beyond has an arrow.
const LEAST: f64 = 0.05;
const GREATEST: f64 = 1000.0;

const STYLE: &str = "\
svg { background: #ffffff } text { font: 12px system-ui, sans-serif; fill: #1f2328 } \
.title { font-size: 17px; font-weight: 600 } .row { font-weight: 600 } .small { font-size: 11px; fill: #59636e } \
.grid { stroke: #d1d9e0 } .one { stroke: #1f2328; stroke-width: 1.5 } \
.safe { fill: #1a7f37 } .shared { fill: #bc4c00 } .alone { fill: #818b98 } .never { opacity: 0.35 } \
@media (prefers-color-scheme: dark) { svg { background: #0d1117 } text { fill: #f0f6fc } .small { fill: #9198a1 } \
.grid { stroke: #3d444d } .one { stroke: #f0f6fc } \
.safe { fill: #3fb950 } .shared { fill: #db6d28 } .alone { fill: #656c76 } }";

/// The text of an SVG file.
pub(crate) fn draw(tables: &[Table], machine: &Machine, pace: Pace) -> String {
    let rows = MAIN.iter().filter_map(|(table, row)| {
        let table = tables.iter().find(|candidate| candidate.name == *table)?;
        let found = table.rows.iter().find(|candidate| candidate.name == *row);
        Some((table, found.unwrap_or_else(|| panic!("no row `{row}` in the table `{}`", table.name))))
    });
    let mut body = String::new();
    let mut y = 112.0;
    for (table, row) in rows {
        y = group(&mut body, table, row, y);
    }
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\">\n<title>shmcore and what a user would pick instead: time by that of shmcore</title>\n\
         <style>{STYLE}</style>\n",
        height = y + 8.0
    );
    let quick = if pace == Pace::Quick { " A QUICK RUN: THESE FIGURES ARE NOISE." } else { "" };
    text(
        &mut picture,
        "title",
        16.0,
        28.0,
        "Time by that of shmcore, on a scale of logarithms: right is slower, left is faster",
    );
    text(&mut picture, "small", 16.0, 48.0, &format!("{}.{quick}", machine.line()));
    legend(&mut picture);
    grid(&mut picture, y);
    picture + &body + "</svg>\n"
}

fn legend(picture: &mut String) {
    let kinds = [
        ("safe", "between processes, survives a kill"),
        ("shared", "between processes, does not survive a kill"),
        ("alone", "in one process only"),
    ];
    text(picture, "small", 16.0, 70.0, "shmcore is the line at 1×");
    let mut x = 180.0;
    for (class, meaning) in kinds {
        rectangle(picture, class, x, 60.0, 12.0);
        text(picture, "small", x + 18.0, 70.0, meaning);
        // A letter has some six pixels.
        x += 46.0 + 6.0 * f64::from(u32::try_from(meaning.len()).expect("short"));
    }
}

/// Lines at the powers of ten.
fn grid(picture: &mut String, bottom: f64) {
    for (ratio, class) in [(0.1, "grid"), (1.0, "one"), (10.0, "grid"), (100.0, "grid"), (1000.0, "grid")] {
        let x = place(ratio);
        writeln!(
            picture,
            "<line class=\"{class}\" x1=\"{x:.1}\" y1=\"98\" x2=\"{x:.1}\" y2=\"{bottom:.1}\"/>"
        )
        .expect(TAKES_ALL);
        text(picture, "small", x - 8.0, 93.0, &format!("{ratio}×"));
    }
}

/// A row of a table, from `y` on; returns where it ends.
fn group(body: &mut String, table: &Table, row: &Row, y: f64) -> f64 {
    let ours = row.cells.iter().find_map(|(peer, cell)| match cell {
        Cell::Figure(figure) if *peer == SHMCORE => Some(figure.median),
        _ => None,
    });
    let ours = ours.map(nanoseconds).unwrap_or_default();
    let mut y = y + LINE;
    let what = [format!("{}: {}", table.name, row.name), ours];
    text(body, "row", 16.0, y - 4.0, &what[0]);
    text(body, "row", RIGHT + 8.0, y - 4.0, &what[1]);
    for (peer, cell) in row
        .cells
        .iter()
        .filter(|cell| ![SHMCORE, NO_DERIVE].contains(&cell.0) && !matches!(cell.1, Cell::Cannot(_)))
    {
        text(body, "small", 24.0, y + 9.0, peer.name);
        bar(body, peer, cell, y);
        y += LINE;
    }
    y + 6.0
}

fn bar(body: &mut String, peer: &Peer, cell: &Cell, y: f64) {
    let one = place(1.0);
    let class = class(peer);
    let label = match cell {
        Cell::Figure(figure) => {
            let end = place(figure.ratio);
            // Something is seen even where nothing differs.
            rectangle(body, class, end.min(one), y, (end - one).abs().max(1.5));
            let beyond = if (LEAST..=GREATEST).contains(&figure.ratio) { "" } else { " ↔" };
            format!("{}{beyond}, {}", times(figure.ratio), nanoseconds(figure.median))
        }
        Cell::Never(waited) => {
            rectangle(body, &format!("{class} never"), one, y, RIGHT - one);
            format!("never (waited {} ms)", waited.as_millis())
        }
        Cell::NotHere(_) => "not here".to_owned(),
        Cell::Cannot(_) => return,
    };
    text(body, "small", RIGHT + 8.0, y + 9.0, &label);
}

fn class(peer: &Peer) -> &'static str {
    match (peer.shared, peer.survives) {
        (Answer::No, _) => "alone",
        (Answer::Yes, Answer::Yes) => "safe",
        (Answer::Yes, Answer::No) => "shared",
    }
}

/// Where a ratio is, from left to right.
fn place(ratio: f64) -> f64 {
    let part = (ratio.clamp(LEAST, GREATEST) / LEAST).ln() / (GREATEST / LEAST).ln();
    LEFT + part * (RIGHT - LEFT)
}

const TAKES_ALL: &str = "a string takes all";

fn rectangle(picture: &mut String, class: &str, x: f64, y: f64, width: f64) {
    let rectangle =
        format!("<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"11\"/>");
    writeln!(picture, "{rectangle}").expect(TAKES_ALL);
}

fn text(picture: &mut String, class: &str, x: f64, y: f64, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    writeln!(picture, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>").expect(TAKES_ALL);
}
