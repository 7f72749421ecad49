//! The harness of the UI tests: what the derive refuses, with which words, and what it accepts.
//!
//! trybuild compares messages to the letter, which only the compiler that wrote them can pass. [`compiler`] runs the
//! cases on any other, where the verdicts and our own words must still be the same. [`message`] reads what a compiler
//! printed, [`case`] reads a case and its markers, and [`rules`] says how a message must look.

pub mod case;
pub mod compiler;
pub mod message;
pub mod rules;
