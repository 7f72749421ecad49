//! Types that `macro_rules!` makes: fragments arrive in invisible groups.
#![allow(dead_code)]

use shmcore::ShmSafe;

macro_rules! of_fragments {
    ($name:ident, $field:ident, $type:ty, $repr:tt, $align:literal, $value:expr, $visibility:vis) => {
        #[derive(ShmSafe)]
        #[repr($repr, align($align))]
        $visibility enum $name {
            A { $field: $type } = $value,
            B([$type; $align]),
        }
    };
}

of_fragments!(Fragments, id, u32, u8, 8, 1 + 2, pub(crate));

macro_rules! whole_item {
    ($item:item) => {
        $item
    };
}

whole_item! {
    #[derive(ShmSafe)]
    #[repr(C)]
    struct Whole(u8, [u16; 2]);
}

macro_rules! with_meta {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        struct $name {
            a: u8,
        }
    };
}

with_meta!(#[derive(ShmSafe)] #[repr(C, align(32))] ByMeta);

macro_rules! number {
    () => {
        u32
    };
}

macro_rules! seven {
    () => {
        7
    };
}

#[derive(ShmSafe)]
#[repr(u8)]
enum InPlaceOfTypes {
    A(number!()),
    B([number!(); seven!()]) = seven!(),
}

trait Owner {
    type Owned;
}

impl Owner for u8 {
    type Owned = u16;
}

macro_rules! of_parameter {
    ($name:ident, $parameter:ident, $type:ty) => {
        #[derive(ShmSafe)]
        #[repr(C)]
        struct $name<$parameter: Owner> {
            a: <$type as Owner>::Owned,
        }
    };
}

of_parameter!(OfParameter, T, T);

fn main() {
    assert_eq!((Fragments::LAYOUT.size, Fragments::LAYOUT.align), (40, 8));
    assert_eq!(Whole::LAYOUT.size, 6);
    assert_eq!(ByMeta::LAYOUT.align, 32);
    assert_eq!(InPlaceOfTypes::LAYOUT.size, 32);
    assert_eq!(OfParameter::<u8>::LAYOUT.size, 2);
}
