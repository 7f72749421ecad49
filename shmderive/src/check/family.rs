//! The families of types that break in shared memory: what each has in common, in words.

/// Why a type breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Family {
    /// Its contents lie on a heap.
    HeapOwner,
    /// It is an address.
    Address,
    /// It is a number that the kernel, or the runtime, explains to one process only.
    Handle,
    /// It is a lock that works between threads only.
    Lock,
    /// It may be changed by one thread only.
    Cell,
    /// The compiler chooses its layout.
    LayoutNotFixed,
    /// Its size is not known.
    Unsized,
    /// It marks a type that stays with one thread.
    Marker,
}

impl Family {
    /// The cause, as it follows "`Vec<u8>`".
    pub(super) const fn cause(self) -> &'static str {
        match self {
            Self::HeapOwner => "keeps its contents on the heap of one process",
            Self::Address => "is an address, and means something in one process only",
            Self::Handle => "is a handle of one process, and means something else in another",
            Self::Lock => "is a lock for the threads of one process, and its layout is not fixed",
            Self::Cell => "may be changed by one thread only, and processes would race",
            Self::LayoutNotFixed => "has no fixed layout: compilers may lay it out differently",
            Self::Unsized => "has no size that is known when a process attaches",
            Self::Marker => "is not `Send` and `Sync`, because what it marks is not",
        }
    }

    /// The words under the type.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::HeapOwner => "owns heap memory of this process",
            Self::Address => "holds an address of this process",
            Self::Handle => "is a handle of this process",
            Self::Lock => "locks within this process only",
            Self::Cell => "is not safe between processes",
            Self::LayoutNotFixed => "layout is not fixed",
            Self::Unsized => "has no fixed size",
            Self::Marker => "marks a type that stays with one thread",
        }
    }
}
