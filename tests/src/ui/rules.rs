//! How the message of a refused case must look: short, with a cure, at the token to change.

use super::case::{Case, Marker, Words};
use super::message::Message;

/// The most lines that an error may have.
const MAX_LINES: usize = 18;

/// Everything that is wrong with what the compiler printed for the case, one item a line.
#[must_use]
pub fn violations(case: &Case, output: &str) -> Vec<String> {
    let markers = match case.markers() {
        Ok(markers) => markers,
        Err(error) => return vec![error],
    };
    let mut unmet: Vec<&Marker> = markers.iter().collect();
    let mut violations = Vec::new();
    for message in Message::all_in(output) {
        let headline = message.lines[0];
        let mut violation = |what: &str| violations.push(format!("{what}: {headline}"));
        if message.lines.len() > MAX_LINES {
            violation("more than 18 lines");
        }
        if message.lines.iter().any(|line| line.contains("other types implement")) {
            violation("lists other types");
        }
        if message.lines.iter().any(|line| line.contains("$RUST") || line.contains("/rustc/")) {
            violation("mentions a path of the standard library");
        }
        let Some(marker) = take(&mut unmet, case, &message) else {
            violation("not where a marker says");
            continue;
        };
        if marker.words == Words::Ours && message.own_words().is_empty() {
            violation("names no cure");
        }
    }
    violations.extend(
        unmet.iter().map(|marker| format!("line {}: no error points to `{}`", marker.line, marker.text)),
    );
    violations
}

/// Removes the marker that the message answers.
fn take<'a>(unmet: &mut Vec<&'a Marker>, case: &Case, message: &Message<'_>) -> Option<&'a Marker> {
    let place = message.place()?;
    let file = case.path.file_name()?.to_str()?;
    let same_file = place.file.rsplit('/').next() == Some(file);
    let index = unmet
        .iter()
        .position(|marker| same_file && (marker.line, marker.column) == (place.line, place.column))?;
    Some(unmet.remove(index))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::violations;
    use crate::ui::case::Case;

    const SOURCE: &str = "struct A {\n    a: Vec<u8>,\n    //~^ Vec<u8>\n}";
    const GOOD: &str = "error: `Vec<u8>` cannot\n cure: write\n --> ui/a.rs:2:8\n";

    #[track_caller]
    fn check(output: &str, expected: &[&str]) {
        let case = Case { path: PathBuf::from("ui/a.rs"), source: SOURCE.to_owned() };
        let violations = violations(&case, output);
        assert_eq!(violations.len(), expected.len(), "{violations:?}");
        for (violation, expected) in violations.iter().zip(expected) {
            assert!(violation.contains(expected), "{violation}");
        }
    }

    #[test]
    fn a_good_message_violates_nothing() {
        check(GOOD, &[]);
    }

    #[test]
    fn every_rule_is_enforced() {
        check(&format!("{GOOD}{}", "  |\n".repeat(16)), &["more than 18 lines"]);
        check(&format!("{GOOD}  the following other types implement trait"), &["lists other types"]);
        check(&format!("{GOOD} --> $RUST/core/src/a.rs:1:1"), &["path of the standard library"]);
        check("error: `Vec<u8>` cannot\n --> ui/a.rs:2:8\n", &["names no cure"]);
        check("", &["no error points to `Vec<u8>`"]);
        for elsewhere in ["ui/a.rs:2:9", "ui/a.rs:1:8", "ui/b.rs:2:8"] {
            let output = GOOD.replace("ui/a.rs:2:8", elsewhere);
            check(&output, &["not where a marker says", "no error points to"]);
        }
        check(&format!("{GOOD}error: again\n cure: x\n --> ui/a.rs:2:8\n"), &["not where a marker says"]);
    }
}
