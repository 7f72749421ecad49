//! What the command line asks for.

use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
shmcore measured against what a user would pick instead

  --only TABLE  one table or curve, by its name; may be given several times
  --quick       a run of seconds that shows that everything works; its figures are noise
  --svg FILE    draws the main results into FILE
  --list        prints the names of the tables and curves
  --help        prints this";

/// How long the run may take.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Pace {
    Full,
    Quick,
}

impl Pace {
    /// How often every side takes its turn.
    pub(crate) fn rounds(self, full: usize) -> usize {
        if self == Self::Full { full } else { 3 }
    }

    /// How many of so many sizes are measured.
    pub(crate) fn sizes(self, full: usize) -> usize {
        if self == Self::Full { full } else { full.min(3) }
    }

    /// How many operations are in a sample.
    pub(crate) fn operations(self, full: u32) -> u32 {
        if self == Self::Full { full } else { (full / 20).max(20).min(full) }
    }
}

pub(crate) struct Options {
    pub(crate) only: Vec<String>,
    pub(crate) pace: Pace,
    pub(crate) svg: Option<PathBuf>,
    pub(crate) wish: Wish,
}

/// What is to be done.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Wish {
    Measure,
    List,
    Help,
}

impl Options {
    /// Of the arguments after the name of the program.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { only: Vec::new(), pace: Pace::Full, svg: None, wish: Wish::Measure };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("`{argument}` lacks its value"));
            match argument.as_str() {
                "--only" => options.only.push(value()?),
                "--svg" => options.svg = Some(value()?.into()),
                "--quick" => options.pace = Pace::Quick,
                "--list" => options.wish = Wish::List,
                "--help" | "-h" => options.wish = Wish::Help,
                _ => return Err(format!("`{argument}` is none of the options\n{USAGE}")),
            }
        }
        Ok(options)
    }

    /// Whether the table or curve with this name is asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}
