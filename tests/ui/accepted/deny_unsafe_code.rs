//! The derive's own `unsafe impl` does not break a crate that has none of its own, nor does it warn.
#![deny(unsafe_code, warnings, missing_docs, missing_debug_implementations, unused, non_snake_case)]
#![deny(single_use_lifetimes, unreachable_pub, unused_qualifications, variant_size_differences)]

use shmcore::{PlacementDefault, ShmSafe};

/// Struct.
#[derive(ShmSafe, Debug)]
#[repr(C)]
struct Record {
    id: u32,
    event: Event,
}

/// Enum.
#[derive(ShmSafe, Debug)]
#[repr(u8)]
enum Event {
    Idle = 3,
    #[default]
    Changed(u8, bool),
}

/// Generic.
#[derive(ShmSafe, Debug)]
#[repr(C)]
struct Pair<T>(T, T);

/// Transparent.
#[derive(ShmSafe, Debug)]
#[repr(transparent)]
enum Wrapper {
    #[default]
    Only(u32, ()),
}

fn has_default<T: PlacementDefault>() -> usize {
    T::LAYOUT.size
}

fn main() {
    assert_eq!(has_default::<Record>(), 8);
    assert_eq!(has_default::<Pair<Wrapper>>(), 8);
    let record = Record { id: 1, event: Event::Idle };
    let Pair(first, Wrapper::Only(second, ())) = Pair(Wrapper::Only(1, ()), Wrapper::Only(2, ()));
    println!("{record:?} {} {:?} {first:?} {second} {:?}", record.id, record.event, Event::Changed(0, true));
}
