//! What the tables come to: what each peer guarantees, and where one is faster than shmcore.

use crate::peers::{ALL, Answer, MMAP_SYNC, Peer, SHMCORE};
use crate::table::{Table, aligned, nanoseconds, times};

/// Ratios from here on are noise.
const EQUAL: f64 = 0.95;

/// What each peer guarantees, as a table.
pub(crate) fn guarantees() -> String {
    let heading = ["", "version", "between processes", "survives a kill", "checks types", ""];
    let mut lines = vec![heading.map(str::to_owned).to_vec()];
    let answer = |answer| if answer == Answer::Yes { "yes" } else { "no" };
    lines.extend(ALL.iter().map(|peer| {
        let answers = [peer.shared, peer.survives, peer.checks].map(answer);
        let mut line = vec![peer.name.to_owned(), peer.version().unwrap_or("").to_owned()];
        line.extend(answers.map(str::to_owned));
        line.push(peer.remark.to_owned());
        line
    }));
    format!("## What each of them guarantees\n\n{}", aligned(&lines))
}

/// Whether the peer is for several processes and survives a kill, as shmcore does, and is not the one whose reads may be torn. Hardly any
/// other checks types.
fn guarantees_as_much(peer: &Peer) -> bool {
    peer.shared == Answer::Yes && peer.survives == Answer::Yes && *peer != MMAP_SYNC
}

/// Where a peer is faster than shmcore: first those that survive a kill too.
pub(crate) fn faster(tables: &[Table]) -> String {
    let (mut as_safe, mut less_safe) = (Vec::new(), Vec::new());
    for table in tables {
        for (row, peer, figure) in
            table.figures().filter(|(_, peer, figure)| **peer != SHMCORE && figure.ratio < EQUAL)
        {
            let median = nanoseconds(figure.median);
            let line = format!(
                "- {}, {}: {} takes {median}, {} of shmcore's",
                table.name,
                row.name,
                peer.name,
                times(figure.ratio)
            );
            if guarantees_as_much(peer) { as_safe.push(line) } else { less_safe.push(line) }
        }
    }
    let list = |lines: Vec<String>| if lines.is_empty() { "nowhere".to_owned() } else { lines.join("\n") };
    format!(
        "## Where shmcore is not the fastest\n\nOf those that survive a kill between processes:\n\n{}\n\nOf the others:\n\n{}",
        list(as_safe),
        list(less_safe)
    )
}
