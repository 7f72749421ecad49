//! The types that a field may mention by mistake, and what to write instead.
//!
//! The name is the last segment of a path. It only picks the words: a user's own type called `Vec` that is `ShmSafe`
//! is accepted like any other.

use super::family::Family;
use Family::{Address, Cell, Handle, HeapOwner, LayoutNotFixed, Lock, Unsized};

/// What is known of a name.
pub(super) struct Entry {
    pub(super) family: Family,
    /// What to write instead. `{f}` is the field's name with a colon, `{0}` and `{1}` the type's arguments.
    pub(super) cure: &'static str,
}

/// Looks a name up.
pub(super) fn entry(name: &str) -> Option<Entry> {
    let found = TABLE.iter().find(|(_, names, _)| names.split(' ').any(|known| known == name));
    found.map(|&(family, _, cure)| Entry { family, cure })
}

/// What to write instead of a reference or a pointer to `{0}`.
pub(super) const POINTER: &str = "write `{f}heap::Handle<{0}>`, or the index of the `{0}` in an array";
/// What to write instead of a reference to text.
pub(super) const STR_REFERENCE: &str =
    "write `{f}ShmString<N>` (at most `N` bytes, inside the value) or `{f}heap::String` (in a `ShmHeap`)";
/// What to write instead of a reference to a slice of `{0}`.
pub(super) const SLICE_REFERENCE: &str =
    "write `{f}[{0}; N]`, `{f}ShmVec<{0}, N>` (inside the value) or `{f}heap::Vec<{0}>` (in a `ShmHeap`)";
/// What to write instead of a function pointer.
pub(super) const FUNCTION: &str =
    "write an enum with `#[repr(u8)]` that says which function to call, and call it in each process";
/// What to write instead of a trait object.
pub(super) const TRAIT_OBJECT: &str = "write an enum with `#[repr(C)]` that has one variant for each type";
/// What to write instead of a tuple.
pub(super) const TUPLE: &str = "write a `#[repr(C)]` struct with named fields that derives `ShmSafe`";
/// What to write instead of a marker for a type that is not `Send` and `Sync`.
pub(super) const MARKER: &str =
    "write `{f}PhantomData<fn() -> {0}>`, which marks the same and is always both";
/// What to write instead of a slice of `{0}`.
pub(super) const SLICE: &str = "write `{f}[{0}; N]` or `{f}ShmVec<{0}, N>`; for a whole region of them call `create_shared_slice::<{0}>(len)`";

/// Family, names with a blank between, cure. The first entry that has a name counts.
const TABLE: &[(Family, &str, &str)] = &[
    // Heap owners.
    (
        HeapOwner,
        "Vec",
        "write `{f}ShmVec<{0}, N>` (at most `N`, inside the value) or `{f}heap::Vec<{0}>` (in a `ShmHeap`)",
    ),
    (
        HeapOwner,
        "VecDeque",
        "write `{f}ShmDeque<{0}, N>` (at most `N`, inside the value) or `{f}heap::VecDeque<{0}>` (in a `ShmHeap`)",
    ),
    (HeapOwner, "String", STR_REFERENCE),
    (HeapOwner, "Box", "write `{f}heap::Box<{0}>` (in a `ShmHeap`), or `{f}{0}`, the value itself"),
    (
        HeapOwner,
        "Rc Arc",
        "write `{f}{0}`, the value itself: `Shared` counts the handles; or `{f}heap::Handle<{0}>` (in a `ShmHeap`)",
    ),
    (Address, "Weak", "write `{f}heap::Handle<{0}>`, or the index of the `{0}` in an array"),
    (
        HeapOwner,
        "HashMap IndexMap",
        "write `{f}ShmMap<{0}, {1}, N>` (inside the value) or `{f}heap::HashMap<{0}, {1}>` (in a `ShmHeap`)",
    ),
    (
        HeapOwner,
        "BTreeMap",
        "write `{f}heap::BTreeMap<{0}, {1}>` (in a `ShmHeap`), or `{f}ShmMap<{0}, {1}, N>` (inside the value, in no order)",
    ),
    (
        HeapOwner,
        "BTreeSet",
        "write `{f}heap::BTreeSet<{0}>` (in a `ShmHeap`), or `{f}ShmSet<{0}, N>` (inside the value, in no order)",
    ),
    (
        HeapOwner,
        "HashSet IndexSet",
        "write `{f}ShmSet<{0}, N>` (inside the value) or `{f}heap::HashSet<{0}>` (in a `ShmHeap`)",
    ),
    (
        HeapOwner,
        "BinaryHeap",
        "write `{f}ShmVec<{0}, N>`, kept in order, or `{f}heap::Vec<{0}>` (in a `ShmHeap`)",
    ),
    (
        HeapOwner,
        "LinkedList",
        "write `{f}ShmDeque<{0}, N>`, or `{f}ShmSlab<{0}, N>` with links that are handles",
    ),
    (
        HeapOwner,
        "CString OsString PathBuf",
        "write `{f}ShmString<N>` for text or `{f}ShmVec<u8, N>` for bytes (inside the value), or `{f}heap::String`",
    ),
    (
        HeapOwner,
        "Cow",
        "write `{f}ShmString<N>` for text or `{f}ShmVec<T, N>` for a slice (inside the value), or `{f}heap::String` or \
         `{f}heap::Vec<T>` (in a `ShmHeap`)",
    ),
    (
        HeapOwner,
        "Bytes BytesMut",
        "write `{f}ShmVec<u8, N>` (inside the value) or `{f}heap::Vec<u8>` (in a `ShmHeap`)",
    ),
    (
        HeapOwner,
        "SmallVec ArrayVec TinyVec",
        "write `{f}ShmVec<{0}, N>`, which holds at most `N` inside the value",
    ),
    // Addresses.
    (Address, "NonNull AtomicPtr", POINTER),
    (Address, "Pin", "write the value itself: what is in a region never moves"),
    (Address, "Waker RawWaker", "write an index or a number, and keep the address in each process"),
    // Process-local handles.
    (
        Handle,
        "File OwnedFd BorrowedFd TcpStream TcpListener UdpSocket UnixStream UnixListener UnixDatagram Stdin \
         Stdout Stderr ChildStdin ChildStdout ChildStderr PipeReader PipeWriter",
        "send the descriptor through a Unix socket (`SCM_RIGHTS`), and keep a number or a `ShmString<N>` path here",
    ),
    (
        Handle,
        "JoinHandle ScopedJoinHandle ThreadId",
        "write a number that you choose, `{f}u64`, or the process id, `{f}u32`",
    ),
    (
        Handle,
        "RawFd",
        "send the descriptor through a Unix socket (`SCM_RIGHTS`); write `{f}i32` if it is only a number to look at",
    ),
    (Handle, "LocalKey", "write the value itself; what belongs to one thread stays out of the region"),
    (Handle, "TypeId", "write a number that you choose, `{f}u64`, or an enum with `#[repr(u8)]`"),
    (
        Handle,
        "Instant",
        "write `{f}u64`, nanoseconds of `CLOCK_MONOTONIC`, which all processes of a machine share",
    ),
    (
        Handle,
        "Sender Receiver SyncSender",
        "write `{f}ShmDeque<{0}, N>` under a `ShmMutex`, with a `ShmCondvar` to wait on",
    ),
    // Process-local locks.
    (Lock, "Mutex ReentrantMutex FairMutex ReentrantLock", "write `{f}ShmMutex<{0}>`"),
    (Lock, "RwLock", "write `{f}ShmRwLock<{0}>`"),
    (Lock, "Condvar", "write `{f}ShmCondvar`"),
    (Lock, "Barrier", "write `{f}ShmBarrier`"),
    (Lock, "Once", "write `{f}ShmOnceLock<()>`"),
    (Lock, "OnceLock LazyLock", "write `{f}ShmOnceLock<{0}>`"),
    (Lock, "Semaphore", "write `{f}ShmSemaphore`"),
    (
        Lock,
        "MutexGuard RwLockReadGuard RwLockWriteGuard",
        "write the value itself, and lock it in each process",
    ),
    // Cells.
    (Cell, "Cell", "write an atomic such as `{f}AtomicU32`, or `{f}ShmMutex<{0}>`"),
    (
        Cell,
        "RefCell UnsafeCell SyncUnsafeCell",
        "write `{f}ShmMutex<{0}>` or `{f}ShmRwLock<{0}>`, or atomics",
    ),
    (Cell, "OnceCell LazyCell", "write `{f}ShmOnceLock<{0}>`"),
    // Unsized.
    (Unsized, "str", "write `{f}ShmString<N>`, which holds at most `N` bytes inside the value"),
    (Unsized, "CStr OsStr Path", "write `{f}ShmString<N>` for text or `{f}ShmVec<u8, N>` for bytes"),
    // Layouts that are not fixed.
    (
        LayoutNotFixed,
        "Option",
        "write `{f}ShmOption<{0}>`; of `NonZero` integers `Option` itself is accepted",
    ),
    (LayoutNotFixed, "Result", "write an enum with `#[repr(C)]` of your own: `Ok({0})`, `Err({1})`"),
    (LayoutNotFixed, "Duration", "write `{f}ShmDuration`, or `{f}u64` in nanoseconds"),
    (
        LayoutNotFixed,
        "SystemTime",
        "write `{f}ShmDuration`, or `{f}u64` in nanoseconds, since the Unix epoch",
    ),
    (LayoutNotFixed, "Ipv4Addr", "write `{f}[u8; 4]`, its octets"),
    (LayoutNotFixed, "Ipv6Addr", "write `{f}[u8; 16]`, its octets"),
    (LayoutNotFixed, "IpAddr", "write `{f}[u8; 16]`, the octets of the address mapped to IPv6"),
    (
        LayoutNotFixed,
        "SocketAddr SocketAddrV4 SocketAddrV6",
        "write a `#[repr(C)]` struct of `[u8; 16]` and `u16`: the octets and the port",
    ),
    (
        LayoutNotFixed,
        "Range RangeInclusive RangeFrom RangeTo RangeToInclusive",
        "write a `#[repr(C)]` struct with `start` and `end` that derives `ShmSafe`",
    ),
    (LayoutNotFixed, "Ordering", "write `{f}i8`"),
];
