//! Why a region could not be made, or not be attached to: an enum for each operation.

mod attach;
mod create;
mod open_or_create;

pub use attach::AttachError;
pub use create::CreateError;
pub use open_or_create::OpenOrCreateError;
