//! The regions of this process: one mapping each, the descriptor of each, and what a fork does to them.
//!
//! Whether a process lives is a lock on a byte of the region's file, which the kernel takes away with the last
//! descriptor of the open file description that holds it. So that no other process keeps such a description open, it
//! never leaves this module: what is passed on is opened anew, and a forked child replaces those that it has inherited. A
//! mapping keeps the description open that it was made with, and a child inherits the mapping: so before a fork, the locks
//! move to a description that was never mapped.
//!
//! Nothing in this module calls back into the user's code while the registry is locked, and nothing forks.

mod fork;

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};

pub(super) use self::fork::require_fork_handlers;
use super::Region;
use super::token::Token;
use crate::sys::{self, Failed, file::Access};

/// The byte of token 0; beyond what any file has, and with room for all tokens below the greatest offset.
const FIRST_BYTE: i64 = 1 << 48;

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { entries: BTreeMap::new(), tokens: Vec::new() });

/// What this process shares with others.
#[derive(Debug)]
struct Registry {
    /// By the address of the mapping.
    entries: BTreeMap<usize, Entry>,
    /// The tokens that lock words of this process may hold: more than one only after another process turned out to
    /// have the first.
    tokens: Vec<Token>,
}

/// A region as the registry knows it.
#[derive(Debug)]
pub(super) struct Entry {
    region: Weak<Region>,
    /// The length of the mapping in bytes.
    len: usize,
    access: Access,
    /// The only descriptor of this description. `None` if a forked child could not open one of its own.
    file: Option<Description>,
    /// Device and inode, once they were asked for.
    identity: Option<(u64, u64)>,
    /// The tokens that this process has registered in the region, the current one last.
    tokens: Vec<Token>,
    /// Whether a process may have this region without being registered in it, because the kernel had no room for its
    /// lock when it forked: then nobody is taken for dead here.
    has_unregistered: bool,
}

/// An open file description that is nobody else's.
#[derive(Debug)]
struct Description {
    file: OwnedFd,
    access: Access,
    /// Whether the mapping was made with it, and keeps it open.
    is_mapped: bool,
}

impl Description {
    /// Another description of the file. Of a file whose mode forbids writing by now, one that reads.
    fn reopen(&self) -> Result<Self, Failed> {
        let open = |access| {
            sys::file::reopen(self.file.as_fd(), access).map(|file| Self { file, access, is_mapped: false })
        };
        open(self.access).or_else(|_| open(Access::ReadOnly))
    }
}

/// Adds a region that was just mapped at `base`.
pub(super) fn insert(
    base: usize,
    region: &Arc<Region>,
    access: Access,
    file: OwnedFd,
    identity: Option<(u64, u64)>,
) -> Result<(), Failed> {
    require_fork_handlers()?;
    let mut registry = lock();
    region.list();
    registry.entries.insert(base, Entry::new(region, access, file, identity));
    Ok(())
}

/// What came of [`insert_or_find`].
pub(super) enum Insertion {
    /// The region was added.
    New(Arc<Region>),
    /// This process has mapped the file already; the other mapping is gone.
    Known(Arc<Region>),
}

/// Adds a region that was just mapped, unless another thread has added one of the same file. One that is writable knows
/// this process from here on.
pub(super) fn insert_or_find(
    region: Arc<Region>,
    file: OwnedFd,
    identity: (u64, u64),
) -> Result<Insertion, Failed> {
    require_fork_handlers()?;
    let mut registry = lock();
    if let Some(known) = registry.same(identity, region.access) {
        // Before `region`, which locks the registry when it is dropped.
        drop(registry);
        return Ok(Insertion::Known(known));
    }
    let base = region.base();
    region.list();
    registry.entries.insert(base, Entry::new(&region, region.access, file, Some(identity)));
    if region.access == Access::ReadWrite {
        // Before another thread finds the region, and a lock in it.
        if let Err(failed) = registry.register(base) {
            drop(registry);
            return Err(failed);
        }
    }
    Ok(Insertion::New(region))
}

/// Takes a region out, before it is unmapped. The caller closes the descriptor after that, by dropping the entry.
pub(super) fn remove(base: usize) -> Option<Entry> {
    lock().entries.remove(&base)
}

/// The region of this process that maps the file with this identity and access, if there is one.
pub(super) fn find(identity: (u64, u64), access: Access) -> Option<Arc<Region>> {
    lock().same(identity, access)
}

/// Calls `f` with the descriptor of the region at `base`, which stays open and in this process.
pub(super) fn with_file<R>(
    base: usize,
    f: impl FnOnce(BorrowedFd<'_>) -> Result<R, Failed>,
) -> Result<R, Failed> {
    let registry = lock();
    let file = registry.entries.get(&base).and_then(|entry| entry.file.as_ref()).ok_or_else(no_descriptor)?;
    f(file.file.as_fd())
}

/// Notes device and inode of the region at `base`.
pub(super) fn set_identity(base: usize, identity: (u64, u64)) {
    if let Some(entry) = lock().entries.get_mut(&base) {
        entry.identity = Some(identity);
    }
}

/// Makes this process known in the region at `base`: from here on, others see that it lives.
pub(super) fn register(base: usize) -> Result<Token, Failed> {
    lock().register(base)
}

/// Makes this process known in every region that it can write to, so that its token may stand in a lock word anywhere.
pub(super) fn register_everywhere() -> Result<Token, Failed> {
    // Also where there is no region yet.
    require_fork_handlers()?;
    lock().register_everywhere()
}

/// Whether the process with this token lives and is registered in the region at `base`.
pub(super) fn is_alive(base: usize, token: Token) -> Result<bool, Failed> {
    lock().is_alive(base, token)
}

/// The tokens of all other processes that live and are registered in the region at `base`, in no order.
pub(super) fn peers(base: usize) -> Result<Vec<Token>, Failed> {
    lock().peers(base)
}

/// Whether the process whose token stands in the word at `address` lives. A word outside all regions belongs to this
/// process. What cannot be found out counts as living.
pub(super) fn owner_lives(address: usize, token: Token) -> bool {
    lock().owner_lives(address, token)
}

/// The same, for a thread that may have the registry locked itself, in a signal handler. It counts as living then.
pub(super) fn owner_lives_unless_busy(address: usize, token: Token) -> bool {
    /// Another thread has the registry locked for some system calls.
    const TRIES: u32 = 1000;
    for _ in 0..TRIES {
        match REGISTRY.try_lock() {
            Ok(registry) => return registry.owner_lives(address, token),
            Err(TryLockError::Poisoned(poisoned)) => {
                return poisoned.into_inner().owner_lives(address, token);
            }
            Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
        }
    }
    true
}

/// Whether the process whose token stands in the word at `address` has been killed so far that none of its code runs any more, although
/// the kernel has its files open still. `false` also if that cannot be found out.
pub(super) fn owner_is_dying(address: usize, token: Token) -> bool {
    // Not with the registry locked: it takes some system calls.
    let inode = lock().inode_at(address);
    inode.is_some_and(|inode| {
        sys::dying::has_no_memory(token.pid()) && sys::dying::has_locked(token.pid(), inode, byte(token))
    })
}

/// Whether this process has, or had, the token.
pub(super) fn is_own(token: Token) -> bool {
    lock().tokens.contains(&token)
}

fn lock() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

fn byte(token: Token) -> i64 {
    FIRST_BYTE + token.to_bits().cast_signed()
}

fn no_descriptor() -> Failed {
    let what = "the descriptor of the region could not be opened after a fork";
    Failed { call: "open(/proc/self/fd)", source: std::io::Error::other(what) }
}

impl Registry {
    fn same(&mut self, identity: (u64, u64), access: Access) -> Option<Arc<Region>> {
        let mut same = self.entries.values_mut().filter(|entry| entry.access == access);
        // A region whose last handle is being dropped is no match.
        same.find_map(|entry| if entry.identity() == Some(identity) { entry.region.upgrade() } else { None })
    }

    fn register(&mut self, base: usize) -> Result<Token, Failed> {
        let token = self.current()?;
        if self.entries.get_mut(&base).ok_or_else(no_descriptor)?.try_register(token)? {
            return Ok(token);
        }
        // Another process has the token. That happens to processes of one id in two pid namespaces, once in 2^25 times.
        self.register_another()
    }

    fn register_everywhere(&mut self) -> Result<Token, Failed> {
        let token = self.current()?;
        let is_free = self.try_register_everywhere(token)?;
        let token = if is_free { token } else { self.register_another()? };
        token.set_registered();
        Ok(token)
    }

    /// `false` if another process has the token in one of the regions.
    fn try_register_everywhere(&mut self, token: Token) -> Result<bool, Failed> {
        let mut is_free = true;
        for entry in self.entries.values_mut().filter(|entry| entry.access == Access::ReadWrite) {
            is_free &= entry.try_register(token)?;
        }
        Ok(is_free)
    }

    /// Draws a token that no region knows and registers it in all of them. The locks of the old one stay, and are taken
    /// where they were not needed so far: it may stand in lock words.
    fn register_another(&mut self) -> Result<Token, Failed> {
        let old = self.current()?;
        // Where another process has it, this one has no lock yet.
        self.try_register_everywhere(old)?;
        loop {
            let token = Token::draw()?;
            if self.try_register_everywhere(token)? {
                self.tokens.push(token);
                token.set_current();
                return Ok(token);
            }
        }
    }

    /// The token of this process, noted as its own.
    fn current(&mut self) -> Result<Token, Failed> {
        let token = Token::current_or_drawn()?;
        if !self.tokens.contains(&token) {
            self.tokens.push(token);
        }
        Ok(token)
    }

    fn is_alive(&mut self, base: usize, token: Token) -> Result<bool, Failed> {
        // A process that asks about itself must be there to be seen.
        if Token::current_or_drawn()? == token {
            self.register(base)?;
        }
        self.entries.get(&base).ok_or_else(no_descriptor)?.is_alive(token)
    }

    fn peers(&self, base: usize) -> Result<Vec<Token>, Failed> {
        let file = self.entries.get(&base).and_then(|entry| entry.file.as_ref()).ok_or_else(no_descriptor)?;
        let all = FIRST_BYTE..FIRST_BYTE + (1 << Token::BITS);
        let locks = sys::byte_lock::locks_of_others(file.file.as_fd(), all)?;
        // One that begins before them is that of another program.
        let bits = locks.into_iter().map(|lock| lock.start.wrapping_sub(FIRST_BYTE).cast_unsigned());
        let tokens = bits.filter_map(Token::from_bits);
        Ok(tokens.filter(|token| !self.tokens.contains(token)).collect())
    }

    /// Takes no memory: a signal handler may have asked.
    fn owner_lives(&self, address: usize, token: Token) -> bool {
        match self.entries.range(..=address).next_back() {
            Some((base, entry)) if address - base < entry.len => {
                entry.file.is_none() || entry.is_alive(token).unwrap_or(true)
            }
            _ => self.tokens.contains(&token),
        }
    }

    /// The inode of the region that an address lies in.
    fn inode_at(&mut self, address: usize) -> Option<u64> {
        let (base, entry) = self.entries.range_mut(..=address).next_back()?;
        if address - base < entry.len { entry.identity().map(|(_, inode)| inode) } else { None }
    }
}

impl Entry {
    fn new(region: &Arc<Region>, access: Access, file: OwnedFd, identity: Option<(u64, u64)>) -> Self {
        Self {
            region: Arc::downgrade(region),
            len: region.mapping.len(),
            access,
            file: Some(Description { file, access, is_mapped: true }),
            identity,
            tokens: Vec::new(),
            has_unregistered: false,
        }
    }

    /// Device and inode. An anonymous region has nobody asked for them until another process may have it: one that was
    /// inherited, the parent may have sent since.
    fn identity(&mut self) -> Option<(u64, u64)> {
        if let (None, Some(description)) = (self.identity, &self.file) {
            let facts = sys::file::facts(description.file.as_fd()).ok();
            self.identity = facts.map(|found| (found.device, found.inode));
        }
        self.identity
    }

    /// Moves the locks to a description that no mapping keeps open. There is no moment at which they are not held.
    fn leave_mapped_description(&mut self) -> Result<(), Failed> {
        let Some(mapped) = self.file.as_ref().filter(|description| description.is_mapped) else {
            return Ok(());
        };
        let new = mapped.reopen()?;
        for &token in &self.tokens {
            sys::byte_lock::share(mapped.file.as_fd(), byte(token))?;
            sys::byte_lock::share(new.file.as_fd(), byte(token))?;
        }
        let Some(mapped) = self.file.replace(new) else { return Ok(()) };
        self.tokens.iter().try_for_each(|&token| sys::byte_lock::unlock(mapped.file.as_fd(), byte(token)))
    }

    fn is_alive(&self, token: Token) -> Result<bool, Failed> {
        // The kernel reports the locks of other descriptions only.
        if self.tokens.contains(&token) {
            return Ok(true);
        }
        let file = self.file.as_ref().ok_or_else(no_descriptor)?;
        Ok(sys::byte_lock::is_locked_by_another(file.file.as_fd(), byte(token))? || self.has_unregistered)
    }

    /// `false` if another process has the token.
    fn try_register(&mut self, token: Token) -> Result<bool, Failed> {
        if self.tokens.contains(&token) {
            return Ok(true);
        }
        let file = self.file.as_ref().ok_or_else(no_descriptor)?;
        let is_locked = sys::byte_lock::try_lock(file.file.as_fd(), file.access, byte(token))?;
        if is_locked {
            self.tokens.push(token);
        }
        Ok(is_locked)
    }
}
