//! Another build of a program: `other_build CHANGE` opens the region `order` with a type that somebody has changed since, and
//! prints what it is told.

use std::sync::atomic::AtomicU64;

use shmcore::{ShmSafe, open_shared};

/// Declares a module with a changed `Order`.
macro_rules! change {
    ($change:ident { $($item:item)* }) => {
        #[expect(dead_code, reason = "only laid out")]
        mod $change {
            use super::*;
            $($item)*
        }
    };
}

change! { unchanged {
    #[derive(ShmSafe)] #[repr(u8)] enum Side { Buy, Sell = 5 }
    #[derive(ShmSafe)] #[repr(C)] struct Leg { id: u32, side: Side, price: f64 }
    #[derive(ShmSafe)] #[repr(C)] pub(super) struct Order { legs: [Leg; 2], seen: AtomicU64, lot: u32, tag: i32 }
} }
change! { swapped {
    #[derive(ShmSafe)] #[repr(u8)] enum Side { Buy, Sell = 5 }
    #[derive(ShmSafe)] #[repr(C)] struct Leg { id: u32, side: Side, price: f64 }
    #[derive(ShmSafe)] #[repr(C)] pub(super) struct Order { legs: [Leg; 2], seen: AtomicU64, tag: i32, lot: u32 }
} }
change! { renamed {
    #[derive(ShmSafe)] #[repr(u8)] enum Side { Buy, Sell = 5 }
    #[derive(ShmSafe)] #[repr(C)] struct Leg { id: u32, side: Side, cost: f64 }
    #[derive(ShmSafe)] #[repr(C)] pub(super) struct Order { legs: [Leg; 2], seen: AtomicU64, lot: u32, tag: i32 }
} }
change! { widened {
    #[derive(ShmSafe)] #[repr(u8)] enum Side { Buy, Sell = 5 }
    #[derive(ShmSafe)] #[repr(C)] struct Leg { id: u64, side: Side, price: f64 }
    #[derive(ShmSafe)] #[repr(C)] pub(super) struct Order { legs: [Leg; 2], seen: AtomicU64, lot: u32, tag: i32 }
} }
change! { retyped {
    #[derive(ShmSafe)] #[repr(u8)] enum Side { Buy, Sell = 5 }
    #[derive(ShmSafe)] #[repr(C)] struct Leg { id: u32, side: Side, price: u64 }
    #[derive(ShmSafe)] #[repr(C)] pub(super) struct Order { legs: [Leg; 2], seen: AtomicU64, lot: u32, tag: i32 }
} }
change! { variant_added {
    #[derive(ShmSafe)] #[repr(u8)] enum Side { Buy, Sell = 5, Short }
    #[derive(ShmSafe)] #[repr(C)] struct Leg { id: u32, side: Side, price: f64 }
    #[derive(ShmSafe)] #[repr(C)] pub(super) struct Order { legs: [Leg; 2], seen: AtomicU64, lot: u32, tag: i32 }
} }
change! { variant_renumbered {
    #[derive(ShmSafe)] #[repr(u8)] enum Side { Buy, Sell = 6 }
    #[derive(ShmSafe)] #[repr(C)] struct Leg { id: u32, side: Side, price: f64 }
    #[derive(ShmSafe)] #[repr(C)] pub(super) struct Order { legs: [Leg; 2], seen: AtomicU64, lot: u32, tag: i32 }
} }
change! { lengthened {
    #[derive(ShmSafe)] #[repr(u8)] enum Side { Buy, Sell = 5 }
    #[derive(ShmSafe)] #[repr(C)] struct Leg { id: u32, side: Side, price: f64 }
    #[derive(ShmSafe)] #[repr(C)] pub(super) struct Order { legs: [Leg; 3], seen: AtomicU64, lot: u32, tag: i32 }
} }

/// Laid out alike with pointers of 32 and of 64 bits.
#[derive(ShmSafe)]
#[repr(C)]
struct Portable {
    count: AtomicU64,
    id: u32,
    tag: [u8; 4],
}

fn main() {
    let change = std::env::args().nth(1).unwrap_or_default();
    let opened = match change.as_str() {
        "unchanged" => open_shared::<unchanged::Order>("order").map(drop),
        "swapped" => open_shared::<swapped::Order>("order").map(drop),
        "renamed" => open_shared::<renamed::Order>("order").map(drop),
        "widened" => open_shared::<widened::Order>("order").map(drop),
        "retyped" => open_shared::<retyped::Order>("order").map(drop),
        "variant_added" => open_shared::<variant_added::Order>("order").map(drop),
        "variant_renumbered" => open_shared::<variant_renumbered::Order>("order").map(drop),
        "lengthened" => open_shared::<lengthened::Order>("order").map(drop),
        "portable" => open_shared::<Portable>("portable").map(drop),
        other => panic!("no change is called `{other}`"),
    };
    match opened {
        Ok(()) => println!("attached"),
        Err(error) => println!("{error}"),
    }
}
