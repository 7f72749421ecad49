//! `Arc<T>` across processes, with proofs: values in memory that processes share, of types that the compiler has
//! checked for it.
//!
//! ```
//! use shmcore::{ShmSafe, create_shared};
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! #[derive(ShmSafe)]
//! #[repr(C)]
//! struct Stats {
//!     requests: AtomicU64,
//!     errors: [AtomicU64; 16],
//! }
//!
//! let stats = create_shared::<Stats>()?; // shared with every process that is forked from here on
//! stats.errors[3].fetch_add(1, Ordering::Relaxed);
//! # Ok::<(), shmcore::CreateError>(())
//! ```
//!
//! # The parts
//!
//! - [`#[derive(ShmSafe)]`](derive@ShmSafe) refuses, at compile time, every type that would break in another process,
//!   and names the field, the cause and the cure. What it accepts is [`ShmSafe`], and where the fields allow it
//!   [`PlacementDefault`], [`Pod`] and [`Immutable`].
//! - [`create_shared`], [`create_shared_with`], [`create_shared_init`] and [`create_shared_slice`] put a value into
//!   shared memory; [`Shared`] is the handle.
//! - [`ShmOptions`], [`open_shared`] and [`unlink`] are for regions that unrelated processes find by a name or a path;
//!   [`Shared::send_to`], [`Shared::from_fd`] and [`Shared::inherit_to`] pass a region's descriptor on; [`ReadOnly`] is a
//!   handle that the kernel keeps from writing.
//! - [`sync`] has locks and signals that survive `kill -9`: [`ShmMutex`], [`ShmRwLock`], [`ShmCondvar`], [`ShmSemaphore`],
//!   [`ShmBarrier`], [`ShmOnceLock`] and [`ShmSeqLock`].
//! - [`fixed`] has containers of fixed capacity, such as [`ShmVec`], [`ShmString`] and [`ShmMap`].
//! - [`heap`] is memory that processes share and that grows and shrinks, with containers that do: [`ShmHeap`], [`heap::Vec`],
//!   [`heap::VecDeque`], [`heap::String`], [`heap::HashMap`], [`heap::HashSet`], [`heap::BTreeMap`], [`heap::BTreeSet`], [`heap::Box`].
//! - [`process::fork_child`] is a fork that is safe to call. [`process::Token`] and [`Shared::is_alive`] tell which processes
//!   live.
//! - [`layout`] tells two builds' ideas of a type apart, and prints a type as a table.
//! - [`soundness`] says what all of this rests on.
//!
//! # Features
//!
//! `std`, on by default. Without it the crate is `no_std` and has no dependency but the derive: it is the four traits and
//! the layout, for frameworks that only need to know which types are safe to share.
//!
//! `serde`: `Serialize` and `Deserialize` for the containers of [`fixed`], as std's types have them. A slab keeps its
//! handles. It needs `std`.
//!
//! # Platforms
//!
//! With `std`: Linux 3.17 or later, for memfd; tested on 6.18.
#![cfg_attr(not(any(feature = "std", test)), no_std)]

extern crate self as shmcore;

#[cfg(feature = "std")]
pub mod fixed;
#[cfg(feature = "std")]
pub mod heap;
pub mod layout;
#[cfg(feature = "std")]
pub mod process;
#[cfg(feature = "std")]
mod region;
mod safe;
#[cfg(feature = "std")]
mod shared;
#[cfg(feature = "std")]
pub mod sync;
#[cfg(feature = "std")]
mod sys;

#[cfg(feature = "std")]
#[doc = include_str!("../SOUNDNESS.md")]
pub mod soundness {}

#[cfg(feature = "std")]
pub use fixed::{ShmDeque, ShmDuration, ShmMap, ShmOption, ShmSet, ShmSlab, ShmString, ShmVec};
#[cfg(feature = "std")]
pub use heap::ShmHeap;
pub use layout::TypeLayout;
#[cfg(feature = "std")]
pub use region::{AttachError, CreateError, OpenOrCreateError};
pub use safe::{Immutable, PlacementDefault, Pod, ShmSafe};
#[cfg(feature = "std")]
pub use shared::{
    Elements, Opened, ReadOnly, Shared, ShmOptions, create_shared, create_shared_init, create_shared_slice,
    create_shared_with, open_shared, unlink,
};
pub use shmderive::ShmSafe;
#[cfg(feature = "std")]
pub use sync::{ShmBarrier, ShmCondvar, ShmMutex, ShmOnceLock, ShmRwLock, ShmSemaphore, ShmSeqLock};

#[doc(hidden)]
pub use safe::derived as __private;

#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../../README.md")]
mod readme {}
