//! The containers of a heap against those of std, stopped before each of their stores, and in heaps that were damaged.

mod content;
mod damage;
mod deaths;
mod queue_deaths;
mod retain_deaths;
mod texts;
mod vectors;
