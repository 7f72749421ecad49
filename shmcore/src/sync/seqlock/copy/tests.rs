use super::{load, load_words, store, store_words};
use std::sync::atomic::AtomicU64;

/// Bytes that nobody has written.
const UNTOUCHED: u8 = 0xee;

/// Shared memory of 512 bytes, aligned to 8 and to no more.
struct Shared([AtomicU64; 65]);

impl Shared {
    fn new() -> Self {
        Self([const { AtomicU64::new(u64::from_ne_bytes([UNTOUCHED; 8])) }; 65])
    }

    fn pointer(&self) -> *mut u8 {
        let words = self.0.as_ptr();
        let is_aligned_to_16 = words.addr().is_multiple_of(16);
        words.wrapping_add(usize::from(is_aligned_to_16)).cast_mut().cast()
    }
}

/// The bytes 1, 2, 3 and so on, without 0.
fn value(len: usize) -> Vec<u8> {
    (0..len).map(|index| u8::try_from(index % 255 + 1).expect("below 256")).collect()
}

type Store = unsafe fn(*mut u8, *const u8, usize);
type Load = unsafe fn(*const u8, *mut u8, usize);

/// Copies values of all sizes there and back, from and to private memory of every alignment.
fn copies_exactly_the_value(store: Store, load: Load) {
    for len in 0..=450 {
        copies_exactly(len, len % 33, store, load);
    }
    for at in 0..=32 {
        copies_exactly(443, at, store, load);
    }
}

/// One value, which begins so many bytes after the beginning of private memory.
fn copies_exactly(len: usize, at: usize, store: Store, load: Load) {
    let (shared, value) = (Shared::new(), value(len));
    let mut private = vec![UNTOUCHED; at];
    private.extend(&value);
    // SAFETY: `store` requires room for `len` bytes that nobody else uses, and a value of `len` bytes.
    unsafe { store(shared.pointer(), private[at..].as_ptr(), len) };
    let mut all = vec![0; 512];
    // SAFETY: `load` requires 512 bytes on each side that nobody else uses.
    unsafe { load(shared.pointer(), all.as_mut_ptr(), 512) };
    assert_eq!(all[..len], value);
    assert!(all[len..].iter().all(|&byte| byte == UNTOUCHED), "{len} bytes were to be stored");

    let mut back = vec![UNTOUCHED; 500];
    // SAFETY: as above, with `len` bytes.
    unsafe { load(shared.pointer(), back[at..].as_mut_ptr(), len) };
    assert_eq!(back[at..at + len], value);
    let others = back[..at].iter().chain(&back[at + len..]);
    assert!(others.into_iter().all(|&byte| byte == UNTOUCHED), "{len} bytes were to be loaded");
}

#[test]
fn value_of_any_size_is_copied_and_nothing_else() {
    copies_exactly_the_value(store, load);
}

#[test]
fn words_alone_do_the_same() {
    copies_exactly_the_value(
        // SAFETY: the caller's promise.
        |shared, private, len| unsafe { store_words(shared, private, 0, len) },
        // SAFETY: the caller's promise.
        |shared, private, len| unsafe { load_words(shared, private, 0, len) },
    );
}

/// Where there are wider registers, they are used for large values, and these for small ones only.
#[test]
#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
fn narrow_registers_alone_do_the_same() {
    use super::assembly::{in_pieces, load_by_16, store_by_16};
    // What is less than four registers is copied one by one.
    const FOUR: usize = 64;
    copies_exactly_the_value(
        |shared, private, len| {
            if len < FOUR {
                // SAFETY: the caller's promise.
                return unsafe { store(shared, private, len) };
            }
            // SAFETY: the caller's promise, and these are four registers.
            unsafe { store_by_16(shared, private, in_pieces(len)) };
            // SAFETY: the caller's promise.
            unsafe { store_words(shared, private, in_pieces(len), len) };
        },
        |shared, private, len| {
            if len < FOUR {
                // SAFETY: the caller's promise.
                return unsafe { load(shared, private, len) };
            }
            // SAFETY: the caller's promise, and these are four registers.
            unsafe { load_by_16(shared, private, in_pieces(len)) };
            // SAFETY: the caller's promise.
            unsafe { load_words(shared, private, in_pieces(len), len) };
        },
    );
}
