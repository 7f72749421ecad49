//! Two versions of a program meet at one region: the newer one is told which fields differ, instead of reading garbage.
//!
//! Run it with `cargo run --example layout_mismatch`.

use std::error::Error;

use shmcore::{AttachError, ShmOptions, ShmSafe, open_shared, unlink};

/// The type as the running program was built with it.
mod old {
    #[derive(shmcore::ShmSafe)]
    #[repr(C)]
    pub(crate) struct Order {
        pub(crate) id: u32,
        pub(crate) quantity: u32,
        pub(crate) price: u64,
    }
}

/// The type as somebody has changed it since: two fields swapped, and one of another type, in the same 16 bytes.
mod new {
    #[derive(shmcore::ShmSafe)]
    #[repr(C)]
    pub(crate) struct Order {
        pub(crate) quantity: u32,
        pub(crate) id: u32,
        pub(crate) price: f64,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let name = format!("example-layout-mismatch-{}", std::process::id());
    let order = old::Order { id: 7, quantity: 100, price: 1250 };
    let region = ShmOptions::new(name.as_str()).create_shared_with(order)?;
    println!("order {}: {} at {}\n\n{}\n", region.id, region.quantity, region.price, old::Order::LAYOUT);

    let error = open_shared::<new::Order>(&name).map(|order| (order.id, order.quantity, order.price));
    let refused = matches!(error, Err(AttachError::LayoutMismatch { .. }));
    println!("{}", error.expect_err("the layouts differ"));
    unlink(&name)?;
    if refused { Ok(()) } else { Err("refused for another reason".into()) }
}
