//! A case of the UI tests: a file to compile, what is expected of it, and where its errors belong.
//!
//! A line `//~^ Vec<u8>` says that an error points to the text `Vec<u8>` in the line above; each further `^` is a line
//! more. `//~^ rustc: Vec<u8>` marks an error in the compiler's own words, which need not name a cure.

use std::fs;
use std::path::{Path, PathBuf};

/// A file to compile.
#[derive(Debug)]
pub struct Case {
    /// The file.
    pub path: PathBuf,
    /// Its text.
    pub source: String,
}

/// Where an error is expected.
#[derive(Debug, PartialEq, Eq)]
pub struct Marker {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The text there.
    pub text: String,
    /// Who words the error.
    pub words: Words,
}

/// Who words an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// The derive.
    Ours,
    /// The compiler.
    Rustc,
}

impl Case {
    /// The cases in the folder, at any depth, in the order of their paths.
    ///
    /// # Panics
    ///
    /// If a file cannot be read.
    #[must_use]
    pub fn all_in(folder: &Path) -> Vec<Self> {
        let mut cases = Vec::new();
        collect(folder, &mut cases);
        cases.sort_by(|a, b| a.path.cmp(&b.path));
        cases
    }

    /// What trybuild has recorded of the compiler's output, if anything.
    #[must_use]
    pub fn recorded(&self) -> Option<String> {
        fs::read_to_string(self.path.with_extension("stderr")).ok()
    }

    /// The markers of the case, or what is wrong with one.
    ///
    /// # Errors
    ///
    /// If a marker's text is not in the line that it points to.
    pub fn markers(&self) -> Result<Vec<Marker>, String> {
        let lines: Vec<&str> = self.source.lines().collect();
        let mut markers = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            let Some(marker) = line.trim_start().strip_prefix("//~^") else { continue };
            let text = marker.trim_start_matches('^');
            let above = 1 + marker.len() - text.len();
            let (words, text) = match text.trim().strip_prefix("rustc: ") {
                Some(text) => (Words::Rustc, text),
                None => (Words::Ours, text.trim()),
            };
            let target = index.checked_sub(above).map(|target| (target + 1, lines[target]));
            let place = target.and_then(|(number, line)| Some((number, line, line.find(text)?)));
            let Some((number, line, byte)) = place else {
                return Err(format!("line {}: `{text}` is not in the line above", index + 1));
            };
            let column = line[..byte].chars().count() + 1;
            markers.push(Marker { line: number, column, text: text.to_owned(), words });
        }
        Ok(markers)
    }
}

fn collect(folder: &Path, cases: &mut Vec<Case>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path();
        if path.is_dir() {
            collect(&path, cases);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source =
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            cases.push(Case { path, source });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Case, Marker, Words};

    fn case(source: &str) -> Case {
        Case { path: PathBuf::new(), source: source.to_owned() }
    }

    #[test]
    fn a_marker_points_to_its_text_above() {
        let source = "struct A {\n    é: Vec<u8>,\n    //~^ Vec<u8>\n    //~^^ rustc: é\n}";
        let marker = |column, text: &str, words| Marker { line: 2, column, text: text.to_owned(), words };
        let expected = vec![marker(8, "Vec<u8>", Words::Ours), marker(5, "é", Words::Rustc)];
        assert_eq!(case(source).markers(), Ok(expected));
    }

    #[test]
    fn a_marker_without_its_text_is_an_error() {
        assert!(case("struct A;\n//~^ B").markers().is_err());
        assert!(case("//~^ B").markers().is_err());
    }
}
