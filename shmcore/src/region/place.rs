//! Where a region is: under a name, at a path, or nowhere but in the processes that have it.
//!
//! Names lie in a folder that belongs to the user alone, so that nobody else can put something there first:
//! `$XDG_RUNTIME_DIR/shmcore` where that variable names a folder, `/dev/shm/shmcore-UID` elsewhere.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::error::AttachError;
use super::facts::TypeFacts;
use super::geometry::Shape;
use crate::sys::{self, Failed};

/// The longest name, in bytes. A file's name has at most 255.
const MAX_NAME: usize = 200;

/// The permission bits of everybody but the owner.
pub(super) const OTHERS: u32 = 0o077;

/// Those of the owner of a folder.
const OWNER: u32 = 0o700;

/// Where a region is, or is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the user's own folder.
    Name(String),
    /// At a path that the user has chosen.
    File(PathBuf),
    /// Without a name: a memfd.
    Anonymous,
}

/// Why a place is no place for a region.
#[derive(Debug)]
pub(super) enum BadPlace {
    Name { name: String, reason: &'static str },
    Folder(UntrustedFolder),
    Failed(Failed),
}

impl From<Failed> for BadPlace {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

/// A folder in which others could replace a region.
#[derive(Debug)]
pub(super) struct UntrustedFolder {
    pub(super) path: PathBuf,
    /// Owner and permission bits; `None` if it is no folder.
    found: Option<(u32, u32)>,
    user: u32,
}

impl fmt::Display for UntrustedFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, user) = (self.path.display(), self.user);
        match self.found {
            Some((owner, mode)) => write!(
                f,
                "folder `{path}` cannot be trusted: it belongs to user {owner} with mode {mode:04o}, and others than user \
                 {user} must not be able to write to it"
            ),
            None => write!(f, "`{path}` cannot be trusted: it is no folder, but a link or a file"),
        }
    }
}

impl Place {
    /// How it is called in errors.
    pub(super) fn describe(&self, facts: &TypeFacts, shape: Shape) -> String {
        match self {
            Self::Name(name) => format!("region `{name}`"),
            Self::File(path) => format!("region file `{}`", path.display()),
            Self::Anonymous => match shape {
                Shape::Value => format!("anonymous region of `{}`", facts.layout.name),
                Shape::Slice { .. } => format!("anonymous region of `[{}]`", facts.layout.name),
                Shape::Heap { .. } => format!("anonymous heap of `{}`", facts.layout.name),
            },
        }
    }
}

/// Whether the user's folder is made where it is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Make,
    Leave,
}

/// A place in the file system where nobody but the user could have put something.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) path: PathBuf,
    /// The user as whom this process runs.
    pub(super) user: u32,
}

impl Place {
    /// The path of the region. Not for anonymous ones.
    pub(super) fn locate(&self, missing: Missing) -> Result<Located, BadPlace> {
        match self {
            Self::Name(name) => {
                require_name(name)?;
                let folder = private_folder(missing)?;
                Ok(Located { path: folder.path.join(name), user: folder.user })
            }
            Self::File(path) => {
                let user = sys::user::effective_id();
                require_unwritable_by_others(folder_of(path), user)?;
                Ok(Located { path: path.clone(), user })
            }
            Self::Anonymous => {
                Err(BadPlace::Name { name: String::new(), reason: "an anonymous region has none" })
            }
        }
    }
}

/// Removes the name of a region. Processes that have it keep it.
pub(crate) fn unlink(name: &str) -> Result<(), AttachError> {
    let region = format!("region `{name}`");
    let place = Place::Name(name.to_owned());
    let located = place.locate(Missing::Leave).map_err(|bad| AttachError::place(&region, bad))?;
    sys::file::remove(&located.path).map_err(|failed| AttachError::place(&region, BadPlace::Failed(failed)))
}

fn require_name(name: &str) -> Result<(), BadPlace> {
    let reason = match name {
        "" => "it is empty",
        "." | ".." => "it means a folder",
        _ if name.len() > MAX_NAME => "it has more than 200 bytes",
        _ if name.contains('/') => "it contains `/`; a path is given by `ShmOptions::file`",
        _ if name.contains('\0') => "it contains a zero byte",
        _ => return Ok(()),
    };
    Err(BadPlace::Name { name: name.to_owned(), reason })
}

/// The user's folder for names.
#[derive(Debug)]
struct PrivateFolder {
    path: PathBuf,
    /// The user whose it is, and as whom this process runs.
    user: u32,
}

/// The folder, found to be the user's own.
fn private_folder(missing: Missing) -> Result<&'static PrivateFolder, BadPlace> {
    /// Found once: who it belongs to cannot change, because nobody else may rename or remove it.
    static FOLDER: OnceLock<PrivateFolder> = OnceLock::new();

    if let Some(folder) = FOLDER.get() {
        return Ok(folder);
    }
    let user = sys::user::effective_id();
    let path = candidate(user);
    if missing == Missing::Make {
        sys::file::make_private_folder(&path)?;
    }
    match sys::file::folder(&path)? {
        Some((owner, mode)) if owner == user && mode & OTHERS == 0 => {
            if mode & OWNER != OWNER && missing == Missing::Make {
                // Whoever made it under a strict umask died before it was opened to them.
                sys::file::open_to_owner(&path)?;
            }
            Ok(FOLDER.get_or_init(|| PrivateFolder { path, user }))
        }
        found => Err(BadPlace::Folder(UntrustedFolder { path, found, user })),
    }
}

fn candidate(user: u32) -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    match runtime.filter(|folder| folder.is_absolute() && folder.is_dir()) {
        Some(folder) => folder.join("shmcore"),
        None => PathBuf::from(format!("/dev/shm/shmcore-{user}")),
    }
}

/// Demands of a folder that the user has chosen that others cannot replace what the user has put there: they may not write
/// to it, or only with the sticky bit, which reserves renaming and removing for the owner of a file.
fn require_unwritable_by_others(path: &Path, user: u32) -> Result<(), BadPlace> {
    match sys::file::folder_behind_links(path)? {
        Some((owner, mode)) if (owner == user || owner == 0) && (mode & 0o022 == 0 || mode & 0o1000 != 0) => {
            Ok(())
        }
        found => Err(BadPlace::Folder(UntrustedFolder { path: path.to_owned(), found, user })),
    }
}

/// The folder that a file lies in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::{BadPlace, require_name};

    #[test]
    fn names_that_are_no_file_names_are_refused() {
        for name in ["", ".", "..", "a/b", "/a", "a\0b", &"x".repeat(201)] {
            assert!(matches!(require_name(name), Err(BadPlace::Name { .. })), "{name:?}");
        }
        for name in ["a", "...", "orders.v2", "mit Leerzeichen", &"x".repeat(200)] {
            assert!(require_name(name).is_ok(), "{name:?}");
        }
    }
}
