//! What a compiler printed, taken apart into errors.

/// One error with everything that belongs to it.
#[derive(Debug)]
pub struct Message<'a> {
    /// All its lines.
    pub lines: Vec<&'a str>,
}

/// Where an error points to.
#[derive(Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The file, as the compiler writes it.
    pub file: &'a str,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl<'a> Message<'a> {
    /// The errors and warnings in a compiler's output.
    #[must_use]
    pub fn all_in(output: &'a str) -> Vec<Self> {
        let mut messages: Vec<Self> = Vec::new();
        for line in output.lines() {
            if line.starts_with("error") || line.starts_with("warning") {
                messages.push(Self { lines: vec![line] });
            } else if let Some(message) = messages.last_mut() {
                message.lines.push(line);
            }
        }
        for message in &mut messages {
            while message.lines.last().is_some_and(|line| line.trim().is_empty()) {
                message.lines.pop();
            }
        }
        messages
    }

    /// The first place that it points to.
    #[must_use]
    pub fn place(&self) -> Option<Place<'a>> {
        let place = self.lines.iter().find_map(|line| line.trim_start().strip_prefix("--> "))?;
        let mut parts = place.rsplitn(3, ':');
        let (column, line) = (parts.next()?, parts.next()?);
        Some(Place { file: parts.next()?, line: line.parse().ok()?, column: column.parse().ok()? })
    }

    /// What it says in our words, one item a line: the headline of an error that names a cure, and the cure.
    #[must_use]
    pub fn own_words(&self) -> Vec<&'a str> {
        let mut words: Vec<&str> = self.lines.iter().filter_map(|line| after(line, "cure: ")).collect();
        if words.is_empty() {
            // `impl Drop`: the words are names of types.
            let names = ["DropWouldRunInEveryProcess", "WriteAMethodInsteadOfDrop"];
            let headline = self.lines.first().copied().unwrap_or_default();
            return names.into_iter().filter(|name| headline.contains(name)).collect();
        }
        words.extend(self.lines.first().and_then(|line| after(line, ": ")));
        words
    }
}

/// Whether the output says the words. A type at their start may read differently: compilers spell some in several ways.
#[must_use]
pub fn says(output: &str, words: &str) -> bool {
    let behind_type = words.strip_prefix('`').and_then(|words| after(words, "`"));
    output.contains(behind_type.unwrap_or(words))
}

/// The rest of the line behind `mark`.
fn after<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    line.split_once(mark).map(|(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::{Message, Place, says};

    const OUTPUT: &str = "\
error: a union cannot live in shared memory
       cure: write an enum
 --> ui/a.rs:5:7
  |
5 | union U {
  | ^^^^^

error[E0277]: other
  --> ui/b.rs:50:70
";

    #[test]
    fn a_type_may_be_spelled_otherwise() {
        assert!(says("error: `Atomic<u32>` is not `Pod`", "`AtomicU32` is not `Pod`"));
        assert!(!says("error: `Atomic<u32>` is not `Pod`", "`AtomicU32` is not `Immutable`"));
        assert!(!says("cure: write `ShmMutex`", "write `ShmBarrier`"));
    }

    #[test]
    fn errors_are_taken_apart() {
        let messages = Message::all_in(OUTPUT);
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].lines.len(), 6);
        assert_eq!(messages[0].place(), Some(Place { file: "ui/a.rs", line: 5, column: 7 }));
        assert_eq!(messages[0].own_words(), ["write an enum", "a union cannot live in shared memory"]);
        assert_eq!(messages[1].place(), Some(Place { file: "ui/b.rs", line: 50, column: 70 }));
        assert!(messages[1].own_words().is_empty());
    }
}
