//! A marker of a type that could not be shared itself.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Key<T: 'static> {
    id: u64,
    of: std::marker::PhantomData<fn() -> T>,
}

fn main() {
    let _ = Key::<Vec<u8>> { id: 1, of: std::marker::PhantomData };
}
