//! `ShmOptions`: where a region is and how it is made, then whether to create it or to attach to it.

use std::path::Path;

use super::contents::Contents;
use super::{ReadOnly, Shared, attach, create};
use crate::region::{AttachError, CreateError, OpenOrCreateError, Place, Request, Trust};
use crate::{PlacementDefault, ShmSafe};

/// How often [`open_or_create`] tries: each further time another process has created and unlinked the
/// region in between.
const MOST_TRIES: usize = 1000;

/// Options for creating a region and for attaching to one, in the manner of [`std::fs::OpenOptions`].
///
/// # Examples
///
/// ```
/// use shmcore::{Opened, ShmOptions, unlink};
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// # let name = &format!("doc-options-{}", std::process::id());
/// let (count, opened) = ShmOptions::new(name).open_or_create_shared::<AtomicU64>()?;
/// assert_eq!(opened, Opened::Created);
/// count.fetch_add(1, Ordering::Relaxed);
///
/// let (same, opened) = ShmOptions::new(name).open_or_create_shared::<AtomicU64>()?;
/// assert_eq!((opened, same.load(Ordering::Relaxed)), (Opened::Attached, 1));
/// unlink(name)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "options do nothing until a region is created or opened"]
pub struct ShmOptions {
    pub(crate) request: Request,
}

/// What [`ShmOptions::open_or_create_shared`] or [`ShmOptions::open_or_create_heap`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Opened {
    /// The region did not exist, and this process made it.
    Created,
    /// The region existed, and this process attached to it. Whether others use it, [`Shared::peers`] tells.
    Attached,
}

impl ShmOptions {
    /// A region with a name: any process of the same user finds it under this name.
    ///
    /// A name has 1 to 200 bytes, and no `/` among them. Names lie in a folder of mode 0700 that belongs to the user:
    /// `$XDG_RUNTIME_DIR/shmcore` where that variable names a folder, `/dev/shm/shmcore-UID` elsewhere. Processes that
    /// are to meet must agree on the variable; a container has names of its own.
    ///
    /// A region with a name lives until the name is removed by [`unlink`](crate::unlink) and no process has it any more.
    pub fn new(name: impl Into<String>) -> Self {
        Self::at(Place::Name(name.into()))
    }

    /// A region in a file of the user's choice, such as one on a tmpfs of their own.
    ///
    /// The folder must exist, and others must not be able to write to it, except with the sticky bit. The file system must
    /// know files without a name (`O_TMPFILE`) and reserve space (`fallocate`): tmpfs, ext4, XFS and btrfs do. Nothing
    /// is promised for the time after a crash of the machine.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self::at(Place::File(path.as_ref().to_owned()))
    }

    /// A region without a name, for forked children and for processes that are given its descriptor.
    pub fn anonymous() -> Self {
        Self::at(Place::Anonymous)
    }

    fn at(place: Place) -> Self {
        Self { request: Request { place, ..Request::ANONYMOUS } }
    }

    /// The permission bits of a region with a name or a path, whatever the umask: 0600 if nothing else is said.
    ///
    /// The owner must be able to read and write, and nobody else may write. A region that others may read can be opened
    /// by [`open_shared_unverified`](Self::open_shared_unverified) only.
    pub fn mode(mut self, mode: u32) -> Self {
        self.request.mode = mode;
        self
    }

    /// Whether all memory is taken and mapped at once, so that no access waits for the kernel later. Off if nothing else is
    /// said.
    pub fn populate(mut self, populate: bool) -> Self {
        self.request.populate = populate;
        self
    }

    /// Whether a region with a name or a path leaves its space unreserved. Off if nothing else is said; anonymous regions
    /// always do.
    ///
    /// Then creating a large one is free, and **a process that writes to it when the file system is full is killed by
    /// `SIGBUS`**.
    pub fn sparse(mut self, sparse: bool) -> Self {
        self.request.sparse = sparse;
        self
    }

    /// Whether this process and its forked children will be the only ones that can write: the kernel refuses every writable
    /// mapping that is made later, whoever asks. For anonymous regions, whose descriptors then open by
    /// [`ReadOnly`]. Off if nothing else is said.
    pub fn read_only_peers(mut self, read_only_peers: bool) -> Self {
        self.request.read_only_peers = read_only_peers;
        self
    }

    /// Creates the region with the default value of `T`.
    ///
    /// # Process death
    ///
    /// A process that dies inside leaves nothing behind: a region has its name from the moment it is complete.
    ///
    /// # Errors
    ///
    /// [`CreateError::AlreadyExists`] if the name is taken, [`CreateError::NoSpace`] if there is not enough room, and the others
    /// of [`CreateError`].
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{CreateError, ShmOptions, unlink};
    ///
    /// # let name = &format!("doc-create-{}", std::process::id());
    /// let board = ShmOptions::new(name).create_shared::<[u64; 8]>()?;
    /// let again = ShmOptions::new(name).create_shared::<[u64; 8]>();
    /// assert!(matches!(again, Err(CreateError::AlreadyExists { .. })));
    /// unlink(name)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn create_shared<T: PlacementDefault>(&self) -> Result<Shared<T>, CreateError> {
        create::default(&self.request)
    }

    /// Creates the region and moves `value` into it.
    ///
    /// # Process death
    ///
    /// As of [`create_shared`](Self::create_shared).
    ///
    /// # Errors
    ///
    /// As of [`create_shared`](Self::create_shared).
    pub fn create_shared_with<T: ShmSafe>(&self, value: T) -> Result<Shared<T>, CreateError> {
        create::with(&self.request, value)
    }

    /// Creates the region with the default value of `T`, changed by `init` before anybody else sees it.
    ///
    /// # Process death
    ///
    /// As of [`create_shared`](Self::create_shared).
    ///
    /// # Errors
    ///
    /// As of [`create_shared`](Self::create_shared).
    pub fn create_shared_init<T: PlacementDefault>(
        &self,
        init: impl FnOnce(&mut T),
    ) -> Result<Shared<T>, CreateError> {
        create::init(&self.request, init)
    }

    /// Creates the region with `len` default values of `T`.
    ///
    /// # Process death
    ///
    /// As of [`create_shared`](Self::create_shared).
    ///
    /// # Errors
    ///
    /// As of [`create_shared`](Self::create_shared), and [`CreateError::TooLarge`].
    pub fn create_shared_slice<T: PlacementDefault>(&self, len: usize) -> Result<Shared<[T]>, CreateError> {
        create::slice(&self.request, len)
    }

    /// Attaches to the region: see [`open_shared`](crate::open_shared).
    ///
    /// # Errors
    ///
    /// [`AttachError`], one variant for each check. There is no anonymous region to open by name:
    /// [`AttachError::InvalidName`].
    pub fn open_shared<T: ShmSafe>(&self) -> Result<Shared<T>, AttachError> {
        attach::place(&self.request.place, Trust::Kernel)
    }

    /// Attaches to a region that holds a slice; how long it is, the region says.
    ///
    /// # Errors
    ///
    /// As of [`open_shared`](Self::open_shared).
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmOptions, unlink};
    ///
    /// # let name = &format!("doc-slice-{}", std::process::id());
    /// let created = ShmOptions::new(name).create_shared_slice::<u16>(12)?;
    /// assert_eq!(ShmOptions::new(name).open_shared_slice::<u16>()?.len(), 12);
    /// unlink(name)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_shared_slice<T: ShmSafe>(&self) -> Result<Shared<[T]>, AttachError> {
        attach::place(&self.request.place, Trust::Kernel)
    }

    /// Attaches for reading only, to a `T` or a slice `[T]`: the kernel refuses every write through this mapping.
    ///
    /// # Errors
    ///
    /// As of [`open_shared`](Self::open_shared).
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmOptions, unlink};
    ///
    /// # let name = &format!("doc-read-only-{}", std::process::id());
    /// let config = ShmOptions::new(name).create_shared_with([80_u16, 443])?;
    /// let reader = ShmOptions::new(name).open_read_only::<[u16; 2]>()?;
    /// assert_eq!(reader[1], 443);
    /// unlink(name)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_read_only<T: Contents + ?Sized>(&self) -> Result<ReadOnly<T>, AttachError> {
        attach::place_read_only(&self.request.place)
    }

    /// Attaches to the region if it exists, and creates it with the default value of `T` if it does not. Of several
    /// processes that do this at once, one creates it and the others attach.
    ///
    /// # Process death
    ///
    /// As of [`create_shared`](Self::create_shared): if the one that creates dies, another one does.
    ///
    /// # Errors
    ///
    /// [`OpenOrCreateError`], with the error of whichever failed. A region of another type is never replaced.
    pub fn open_or_create_shared<T: PlacementDefault>(
        &self,
    ) -> Result<(Shared<T>, Opened), OpenOrCreateError> {
        open_or_create(|| self.open_shared(), || self.create_shared())
    }

    /// Attaches to a region without asking who may write to it: it may belong to another user, be open to others, have
    /// several names, or lie in a folder that others can write to. Everything else is examined as by
    /// [`open_shared`](Self::open_shared).
    ///
    /// # Safety
    ///
    /// As long as the handle or a clone of it lives, every process that can write to the file must keep to what safe code of
    /// this crate would do with it: it does not shrink the file, and changes the value by atomics and this crate's types only.
    ///
    /// # Errors
    ///
    /// As of [`open_shared`](Self::open_shared), without those about owner, mode, names and folder.
    #[allow(unsafe_code, reason = "the caller answers for the other processes")]
    pub unsafe fn open_shared_unverified<T: ShmSafe>(&self) -> Result<Shared<T>, AttachError> {
        attach::place(&self.request.place, Trust::Caller)
    }
}

/// Attaches to what exists, and creates what does not, of several processes at once.
pub(crate) fn open_or_create<H>(
    open: impl Fn() -> Result<H, AttachError>,
    create: impl Fn() -> Result<H, CreateError>,
) -> Result<(H, Opened), OpenOrCreateError> {
    let mut tries = 0;
    loop {
        match open() {
            Err(AttachError::NotFound { .. }) => {}
            result => return Ok((result?, Opened::Attached)),
        }
        tries += 1;
        match create() {
            Err(CreateError::AlreadyExists { .. }) if tries < MOST_TRIES => {}
            result => return Ok((result?, Opened::Created)),
        }
    }
}
