//! What the tests of this package share: running a program with a deadline, and following a child step by step.

pub mod run;
pub mod trace;
