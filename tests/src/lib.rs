//! Shared test harness.

pub mod ui;
