//! `shmcore` under another name, and behind a facade.
#![allow(dead_code)]

extern crate shmcore as renamed;

use renamed::ShmSafe;

mod facade {
    pub(crate) mod inside {
        pub(crate) use shmcore as memory;
    }
}

// Nothing may look for the usual name.
mod shmcore {}

#[derive(ShmSafe)]
#[repr(C)]
#[shm(crate = "::renamed")]
struct ByExternCrate {
    a: u8,
    b: Event,
}

#[derive(ShmSafe)]
#[repr(u8)]
#[shm(crate = "crate::facade::inside::memory", deny_padding)]
enum Event {
    #[default]
    A(u8),
    B(bool),
}

#[derive(ShmSafe)]
#[repr(C)]
#[shm(crate = "renamed")]
struct ByRelativePath<T> {
    a: T,
}

fn main() {
    assert_eq!(ByExternCrate::LAYOUT.size, 3);
    assert_eq!(ByRelativePath::<Event>::LAYOUT.size, 2);
}
