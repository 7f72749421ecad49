//! What the tests of this package share: running a program with a deadline.

pub mod run;
