//! The proof that a type does not implement `Drop`: an overlap of two impls if it does.
//!
//! The parameters only carry words into the compiler's message.

/// Implemented for every type that is `Drop`; the derive implements it for its type once more.
pub trait NoDrop<Cause, Cure> {}

/// The cause: a value in shared memory belongs to every process, so each would drop it.
#[derive(Debug)]
pub struct DropWouldRunInEveryProcess;

/// The cure: a method that one process calls.
#[derive(Debug)]
pub struct WriteAMethodInsteadOfDrop;

#[expect(
    drop_bounds,
    reason = "whether the type itself implements `Drop` is the question, not its drop glue"
)]
impl<T: Drop + ?Sized> NoDrop<DropWouldRunInEveryProcess, WriteAMethodInsteadOfDrop> for T {}
