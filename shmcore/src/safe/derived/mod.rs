//! What the derive's output refers to.
