//! What the tests of this package share: running a program with a deadline, and judging what a compiler says.

pub mod run;
pub mod ui;
