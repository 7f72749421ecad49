//! What the tests of this package share: running a program with a deadline, following one by ptrace, and judging what a
//! compiler says.

pub mod run;
pub mod trace;
pub mod ui;
