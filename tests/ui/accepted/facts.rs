//! Which of the four facts hold: those that the fields allow, and no other.

use std::marker::PhantomData;
use std::num::{NonZeroU8, Wrapping};
use std::sync::atomic::AtomicU32;

use shmcore::{Immutable, PlacementDefault, Pod, ShmSafe};

/// Whether the type has the trait: an inherent constant is found before that of a trait.
macro_rules! has {
    ($type:ty, $fact:ident) => {{
        struct Asked<T: ?Sized>(PhantomData<T>);
        trait No {
            const HAS: bool = false;
        }
        impl<T: ?Sized> No for Asked<T> {}
        #[allow(dead_code)]
        impl<T: ?Sized + $fact> Asked<T> {
            const HAS: bool = true;
        }
        <Asked<$type>>::HAS
    }};
}

macro_rules! facts {
    ($($type:ty: $default:literal $pod:literal $immutable:literal;)*) => {$(
        const {
            assert!(has!($type, ShmSafe), stringify!($type));
            assert!(has!($type, PlacementDefault) == $default, stringify!($type: PlacementDefault));
            assert!(has!($type, Pod) == $pod, stringify!($type: Pod));
            assert!(has!($type, Immutable) == $immutable, stringify!($type: Immutable));
        }
    )*};
}

#[derive(ShmSafe)]
#[repr(C)]
struct Numbers {
    a: u32,
    b: [f32; 3],
}

#[derive(ShmSafe)]
#[repr(C)]
struct Padded {
    a: u8,
    b: u32,
}

#[derive(ShmSafe)]
#[repr(C, align(16))]
struct PaddedByAlign {
    a: u64,
}

#[derive(ShmSafe)]
#[repr(C)]
struct WithAtomic {
    a: u32,
    b: AtomicU32,
}

#[derive(ShmSafe)]
#[repr(C)]
struct WithBool {
    a: bool,
}

#[derive(ShmSafe)]
#[repr(C)]
struct WithNonZero {
    a: NonZeroU8,
}

#[derive(ShmSafe)]
#[repr(C)]
struct WithOptionNonZero {
    a: Option<NonZeroU8>,
}

#[derive(ShmSafe)]
#[repr(C)]
struct SameTypes<T> {
    a: [T; 3],
    b: T,
}

#[derive(ShmSafe)]
#[repr(C)]
struct TwoTypes<T, U> {
    a: T,
    b: U,
}

#[derive(ShmSafe)]
#[repr(transparent)]
struct Transparent<T>(T, PhantomData<u8>);

#[derive(ShmSafe)]
#[repr(u8)]
enum WithDefault {
    A,
    #[default]
    B(u32),
}

#[derive(ShmSafe)]
#[repr(u8)]
enum WithoutDefault {
    A,
    B(AtomicU32),
}

#[derive(ShmSafe)]
#[repr(u8)]
enum DefaultHasNone {
    #[default]
    A(NonZeroU8),
}

#[derive(ShmSafe)]
#[repr(C)]
struct Unit;

fn main() {
    facts! {
        u8: true true true;
        f64: true true true;
        bool: true false true;
        char: true false true;
        (): true true true;
        NonZeroU8: false false true;
        Option<NonZeroU8>: true true true;
        AtomicU32: true false false;
        [u16; 40]: true true true;
        [NonZeroU8; 2]: false false true;
        PhantomData<u8>: true true true;
        Wrapping<i64>: true true true;
        std::mem::MaybeUninit<u8>: true false true;
        Numbers: true true true;
        Padded: true false true;
        PaddedByAlign: true false true;
        WithAtomic: true false false;
        WithBool: true false true;
        WithNonZero: false false true;
        WithOptionNonZero: true true true;
        SameTypes<u32>: true true true;
        SameTypes<bool>: true false true;
        SameTypes<AtomicU32>: true false false;
        TwoTypes<u8, u32>: true false true;
        Transparent<u32>: true true true;
        Transparent<NonZeroU8>: false false true;
        WithDefault: true false true;
        WithoutDefault: false false false;
        DefaultHasNone: false false true;
        Unit: true true true;
    }
    const {
        assert!(!has!(Vec<u8>, ShmSafe));
        assert!(!has!(SameTypes<Vec<u8>>, ShmSafe));
        assert!(!has!([String; 1], ShmSafe));
        assert!(!has!(Option<u8>, ShmSafe));
        assert!(!has!(&'static u8, ShmSafe));
        assert!(!has!(PhantomData<*const u8>, ShmSafe));
    }
}
