//! `ShmHeap<Root>`: a counted reference to a heap and its root; and `Heap`, the part of it that does not know the root's type.
//!
//! # Safety
//!
//! 1. `words` are those of the arena of `region`, which stays mapped as long as the handle has it.
//! 2. `root` points to the value of the region, which is valid for reads as a `Root` as long as the region is mapped. After
//!    publication no `&mut` to it is ever made outside a lock's guard, by any process.
#![allow(unsafe_code, reason = "dereferences into the mapping")]

use std::fmt;
use std::io;
use std::ops::Deref;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::block::Block;
use super::error::HeapError;
use super::open;
use super::raw::{Arena, ROOM};
use crate::process::Token;
use crate::region::{
    Attach, AttachError, CreateError, Expected, Place, Region, Request, Shape, Trust, TypeFacts, Unpublished,
};
use crate::shared::{attach, inherit};
use crate::sys::file::Access;
use crate::{PlacementDefault, ShmSafe};

/// A heap, whatever its root is: what containers take to get at what they own. A [`ShmHeap`] derefs to it.
pub struct Heap {
    words: Arena,
    region: Arc<Region>,
}

// SAFETY: `Send` requires that it may be used on another thread. It knows a mapping, which belongs to no thread: what containers
// do with it, they answer for; the region is unmapped on whichever thread is last, which munmap allows.
unsafe impl Send for Heap {}

// SAFETY: `Sync` requires that several threads may use it at once. It changes nothing by itself.
unsafe impl Sync for Heap {}

impl Heap {
    /// The heap in a region. `None` if the region is none.
    fn new(region: Arc<Region>) -> Option<Self> {
        let start = region.arena()?.offset;
        let base = NonNull::new(region.base_pointer())?;
        // SAFETY: `Arena::new` requires 1. a mapping of so many bytes that stays: the region's own, which lives as long as `Heap`;
        // 2. a start that is a multiple of 64: as of all arenas; 3. that nobody else uses it: the region gives it to nobody
        // else, but for the first word, which is an atomic.
        let words = unsafe { Arena::new(base, region.mapped_len(), start) }?;
        Some(Self { words, region })
    }

    /// The bytes that all blocks can have together. Each is a little larger than what it holds: by what the heap must know of it, and
    /// by at most a quarter of its size.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.words.capacity()
    }

    /// The bytes of all blocks, at this moment.
    #[must_use]
    pub fn used(&self) -> usize {
        usize::try_from(self.words.used()).unwrap_or(usize::MAX)
    }

    /// The heap with these words, in this region.
    pub(super) const fn from_parts(words: Arena, region: Arc<Region>) -> Self {
        Self { words, region }
    }

    pub(super) const fn region(&self) -> &Arc<Region> {
        &self.region
    }

    /// The heap's own words.
    #[inline]
    pub(super) const fn words(&self) -> &Arena {
        &self.words
    }

    /// The generation: the id of the heap in bits 32 to 62, and a count below. Bit 63 is 0.
    #[inline]
    pub(super) fn generation(&self) -> u64 {
        // Relaxed: whoever may have made it a later one did so before it let this thread look (`region::generation`).
        self.words.generation().load(Ordering::Relaxed)
    }

    /// Whether the container at an address lies inside this heap's region, where all its processes have it.
    #[inline]
    pub(super) fn holds(&self, address: usize) -> bool {
        self.words.holds(address)
    }

    /// The block at an offset; `None` if none can be there.
    #[inline]
    pub(super) fn block_at(&self, offset: u64) -> Option<Block<'_>> {
        if !self.words.has_place_at(offset) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "less than the length")]
        let start = offset as usize;
        // SAFETY: `add` requires that the result is inside the mapping: just compared.
        let pointer = unsafe { self.words.base().add(start) };
        // SAFETY: `Block::new` requires a block that stays mapped as long as it is borrowed: the callers have the offset of one,
        // and the region is mapped as long as `self`; the offset is a multiple of 16, and so is the base, which is a page's.
        Some(unsafe { Block::new(pointer, start) })
    }

    /// Bytes of the region from a block's start on: [`ROOM`] at least.
    #[inline]
    pub(super) const fn room(&self, block: Block<'_>) -> usize {
        self.words.len() - block.offset()
    }

    /// Whether a block of so many bytes, which begins where [`block_at`](Self::block_at) has found one, ends inside the region, and
    /// begins at a multiple of `align`. So nothing that is written in a block leads outside.
    #[inline]
    pub(super) const fn has_room(&self, block: Block<'_>, size: usize, align: usize) -> bool {
        // 16 divides the offsets of all blocks.
        size <= self.room(block) && (align <= 16 || block.offset().is_multiple_of(align))
    }

    /// The same for so many bytes, at a distance from the block's start.
    #[inline]
    pub(super) const fn has_room_behind(
        &self,
        block: Block<'_>,
        at: usize,
        size: usize,
        align: usize,
    ) -> bool {
        // One comparison without an overflow, if there is as much room behind all blocks.
        let is_inside = if size <= ROOM {
            at <= self.room(block) - size
        } else {
            size <= self.room(block).saturating_sub(at)
        };
        is_inside && (align <= 16 || block.offset().is_multiple_of(align))
    }

    #[cold]
    pub(super) fn out_of_memory(&self, needed: usize) -> HeapError {
        HeapError::OutOfMemory { needed, used: self.used(), capacity: self.capacity() }
    }

    /// Whether the process with this token lives and shares this heap; see [`Shared::is_alive`](crate::Shared::is_alive).
    ///
    /// # Errors
    ///
    /// Of the system calls.
    pub fn is_alive(&self, token: Token) -> io::Result<bool> {
        Ok(self.region.is_alive(token)?)
    }

    /// The other processes that live and share this heap; see [`Shared::peers`](crate::Shared::peers).
    ///
    /// # Errors
    ///
    /// Of the system calls.
    pub fn peers(&self) -> io::Result<std::vec::Vec<Token>> {
        Ok(self.region.peers()?)
    }

    /// Whether the heap has a name by which others find it; see [`Shared::has_name`](crate::Shared::has_name).
    ///
    /// # Errors
    ///
    /// Of `fstat(2)`.
    pub fn has_name(&self) -> io::Result<bool> {
        Ok(self.region.has_name()?)
    }

    /// A descriptor of the heap's memory, to be passed to another process; see
    /// [`Shared::try_clone_fd`](crate::Shared::try_clone_fd).
    ///
    /// # Errors
    ///
    /// Of the system calls; `/proc` must be mounted.
    pub fn try_clone_fd(&self) -> io::Result<OwnedFd> {
        Ok(self.region.try_clone_fd()?)
    }

    /// Sends the heap to another process, which attaches to it by [`ShmHeap::recv_from`]. Blocks as the socket does.
    ///
    /// # Process death
    ///
    /// If this process dies after the call, the other one has the heap all the same.
    ///
    /// # Errors
    ///
    /// Of the system calls; `BrokenPipe` if the other side has closed the socket.
    pub fn send_to(&self, socket: &UnixStream) -> io::Result<()> {
        attach::send(&self.region, socket)
    }

    /// Lets a program inherit this heap, which finds it by [`ShmHeap::inherited`] under `name`; see
    /// [`Shared::inherit_to`](crate::Shared::inherit_to).
    ///
    /// # Errors
    ///
    /// Of the system calls.
    pub fn inherit_to(&self, command: &mut Command, name: &str) -> io::Result<()> {
        inherit::pass(self.try_clone_fd()?, command, name);
        Ok(())
    }
}

impl fmt::Debug for Heap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap")
            .field("used", &self.used())
            .field("capacity", &self.capacity())
            .field("generation", &format_args!("{:#x}", self.generation()))
            .finish_non_exhaustive()
    }
}

/// A heap in memory that processes share, with a root: a value of which all of them know where it lies, and from which they
/// get at everything else.
///
/// Made by [`ShmOptions::create_heap`](crate::ShmOptions::create_heap) and its siblings. It derefs to [`Heap`], which is what
/// containers take. As with [`Shared`](crate::Shared), there is no `&mut Root`: what is to change is an atomic, or lies behind
/// a lock of this crate. A clone costs one atomic addition.
///
/// # Process death
///
/// A process that dies leaves the root as it is.
///
/// # Forks
///
/// A forked child has the heap of its parent, at the same address. Of what containers in the parent's *own* memory own, it has
/// nothing: [`fork_child`](crate::process::fork_child) refuses while there are any.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmOptions, heap::ShmHeap, process::Token};
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// let heap: ShmHeap<AtomicU64> = ShmOptions::anonymous().create_heap(1 << 20)?;
/// assert!(heap.capacity() >= 1 << 20);
/// heap.root().store(1, Ordering::Relaxed);
/// assert!(heap.is_alive(Token::current()?)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ShmHeap<Root> {
    root: NonNull<Root>,
    heap: Heap,
}

// SAFETY: `Send` requires that the handle may be used on another thread. It gives `&Root`, which may if `Root: Sync`, and the
// heap, which may; the root is never dropped.
unsafe impl<Root: Sync> Send for ShmHeap<Root> {}

// SAFETY: `Sync` requires that several threads may use it at once. It gives `&Root`, `&Heap`, and clones.
unsafe impl<Root: Sync> Sync for ShmHeap<Root> {}

impl<Root> ShmHeap<Root> {
    /// The root.
    #[must_use]
    #[inline]
    pub fn root(&self) -> &Root {
        // SAFETY: a reference requires
        // 1. an aligned, valid `Root` for as long as it lives: invariant 2, and the borrow of `self` keeps the region;
        // 2. no `&mut` meanwhile: invariant 2.
        unsafe { self.root.as_ref() }
    }

    /// Whether both handles are of the same heap in this process.
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        Arc::ptr_eq(&this.heap.region, &other.heap.region)
    }
}

impl<Root: ShmSafe> ShmHeap<Root> {
    /// Attaches to the heap that a descriptor leads to; see [`Shared::from_fd`](crate::Shared::from_fd). The descriptor is
    /// closed.
    ///
    /// # Errors
    ///
    /// [`AttachError`], one variant for each check.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{AttachError, Shared, ShmHeap, ShmOptions};
    ///
    /// let heap = ShmOptions::anonymous().create_heap::<u64>(4096)?;
    /// let same = ShmHeap::<u64>::from_fd(heap.try_clone_fd()?)?;
    /// assert!(ShmHeap::ptr_eq(&heap, &same));
    ///
    /// let value = Shared::<u64>::from_fd(heap.try_clone_fd()?);
    /// assert!(matches!(value, Err(AttachError::Heap { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_fd(file: OwnedFd) -> Result<Self, AttachError> {
        let attached = Self::attach().descriptor(file.as_fd());
        drop(file);
        Self::examined(attached?, "heap of a descriptor")
    }

    /// Receives a heap that was sent by [`Heap::send_to`], and attaches to it. Blocks until something comes.
    ///
    /// # Errors
    ///
    /// [`AttachError::NothingReceived`] if the other side has closed the socket or sent something else, and as of
    /// [`from_fd`](Self::from_fd).
    pub fn recv_from(socket: &UnixStream) -> Result<Self, AttachError> {
        Self::from_fd(attach::receive(socket)?)
    }

    /// Attaches to the heap that this program has inherited under `name`; see [`Heap::inherit_to`].
    ///
    /// # Errors
    ///
    /// [`AttachError::NotFound`] if nothing was inherited under the name, and as of [`from_fd`](Self::from_fd).
    pub fn inherited(name: &str) -> Result<Self, AttachError> {
        let attached = inherit::with_inherited(name, |file| Self::attach().descriptor(file))?;
        Self::examined(attached, "inherited heap")
    }

    /// Attaches to the heap at a place.
    pub(super) fn open(place: &Place) -> Result<Self, AttachError> {
        let attach = Self::attach();
        Self::examined(attach.place(place)?, &attach.describe(place))
    }

    fn attach() -> Attach {
        let facts = TypeFacts::of::<Root>();
        Attach { facts, expected: Expected::Heap, access: Access::ReadWrite, trust: Trust::Kernel }
    }

    /// The handle of a region that was found to be a heap with a `Root`, once its arena was looked at.
    fn examined(region: Arc<Region>, name: &str) -> Result<Self, AttachError> {
        let corrupt = |reason| AttachError::Corrupt { region: name.to_owned(), field: "arena", reason };
        let heap = Heap::new(region).ok_or_else(|| corrupt("there is none".to_owned()))?;
        examine(&heap).map_err(corrupt)?;
        Ok(Self::of(heap))
    }
}

impl<Root: PlacementDefault> ShmHeap<Root> {
    /// Creates a heap whose root has its default value.
    pub(super) fn create(request: &Request, bytes: usize) -> Result<Self, CreateError> {
        let arena = Shape::Heap { len: Arena::bytes_for(bytes) };
        let unpublished =
            Unpublished::new(request, TypeFacts::of::<Root>(), arena).map_err(|error| match error {
                CreateError::TooLarge { region, element_size, .. } => {
                    CreateError::TooLarge { region, element_size, len: bytes }
                }
                error => error,
            })?;
        if !Root::DEFAULT_IS_ZERO {
            // SAFETY: `placement_default` requires an aligned slot of zeroes that nobody else uses: the value of a region that
            // was made for a `Root` and is not published.
            unsafe { Root::placement_default(unpublished.value().cast()) };
        }
        let Some(heap) = Heap::new(Arc::clone(unpublished.region())) else {
            unreachable!("a region that is made as a heap is one")
        };
        let Ok(()) = heap.words.format() else { unreachable!("zeroes are no corrupt heap") };
        unpublished.publish()?;
        Ok(Self::of(heap))
    }
}

impl<Root> ShmHeap<Root> {
    /// The first handle. The region of the heap holds a valid `Root`.
    fn of(heap: Heap) -> Self {
        open::note(&heap);
        // SAFETY: `new_unchecked` requires that the address is not 0: it lies inside a mapping, behind the header.
        let root = unsafe { NonNull::new_unchecked(heap.region.value().cast()) };
        // Invariant 2: the callers have made the value, or had it examined, as this type.
        Self { root, heap }
    }
}

/// Looks at the arena of a heap that another process may have made, before anybody relies on it. The generation was looked at.
fn examine(heap: &Heap) -> Result<(), String> {
    heap.words.examine().map_err(|corrupt| HeapError::from(corrupt).to_string())
}

impl<Root> Deref for ShmHeap<Root> {
    type Target = Heap;

    #[inline]
    fn deref(&self) -> &Heap {
        &self.heap
    }
}

impl<Root> Clone for ShmHeap<Root> {
    fn clone(&self) -> Self {
        let Heap { ref words, ref region } = self.heap;
        Self { root: self.root, heap: Heap { words: words.clone(), region: Arc::clone(region) } }
    }
}

impl<Root: fmt::Debug> fmt::Debug for ShmHeap<Root> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShmHeap").field("root", self.root()).field("heap", &self.heap).finish()
    }
}
