//! The facts of the types of `core`, one group a file. This list is closed: what is not here and not derived
//! is refused.

mod array;
mod atomic;
mod marker;
mod non_zero;
mod number;
