//! Whether the module of the type has a prelude.
//!
//! The attributes `#[diagnostic::…]` are found through the tool prelude, which a module with `#![no_implicit_prelude]` does
//! not have, and there is no other name for them. A macro is not told where its output goes, so the words are looked for in
//! the source: in the file of the type, and in the usual roots of the crate. A wrong answer costs exact words in one
//! direction and `#[shm(no_implicit_prelude)]` in the other; nothing is accepted or refused by it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

/// Whether the file in which the macro is called, or the root of the crate, mentions that it has no prelude.
pub(crate) fn is_missing() -> bool {
    let file = proc_macro::Span::call_site().local_file();
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(|folder| PathBuf::from(folder).join("src"));
    let roots = root.iter().flat_map(|root| [root.join("lib.rs"), root.join("main.rs")]);
    file.into_iter().chain(roots).any(|file| mentions(&file))
}

/// Whether the file holds the attribute's name; no if it cannot be read. Each file is read once.
fn mentions(file: &Path) -> bool {
    static KNOWN: LazyLock<Mutex<HashMap<PathBuf, bool>>> = LazyLock::new(Mutex::default);

    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    *known.entry(file.to_owned()).or_insert_with(|| {
        std::fs::read_to_string(file).is_ok_and(|source| source.contains("no_implicit_prelude"))
    })
}
