//! Attributes of the derive, and those of others beside them.
#![allow(dead_code)]

use std::marker::PhantomData;

use serde::Serialize;
use shmcore::ShmSafe;
use shmcore::layout::Kind;

/// A documented type.
#[derive(ShmSafe, Serialize, Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[repr(C)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[shm(name = "order")]
#[must_use]
pub(crate) struct Stacked {
    /// A documented field.
    #[serde(rename = "x")]
    #[shm(name = "y")]
    pub(crate) a: u8,
    #[allow(unused)]
    pub(self) b: u8,
}

#[derive(ShmSafe)]
#[derive(Clone)]
#[non_exhaustive]
#[repr(u8)]
enum NamedVariants {
    #[shm(name = "first")]
    A,
    #[doc(hidden)]
    B {
        #[shm(name = "second")]
        value: u8,
    },
}

#[derive(ShmSafe)]
#[repr(C)]
#[shm(bound = "T: Send + Sync + 'static")]
struct ReplacedBound<T> {
    mark: PhantomData<T>,
    id: u32,
}

#[derive(ShmSafe)]
#[repr(C)]
#[shm(bound = "T: ShmSafe, U: Send + Sync + 'static,")]
struct TwoBounds<T, U>(T, PhantomData<U>);

#[derive(ShmSafe)]
#[repr(C)]
#[shm(name = "packed by hand")]
#[shm(deny_padding)]
struct NoPadding {
    a: u32,
    b: u16,
    c: [u8; 2],
}

#[derive(ShmSafe)]
#[repr(u8)]
#[shm(deny_padding)]
enum NoPaddingInEnum {
    A(u8),
    B(bool),
}

#[derive(ShmSafe)]
#[repr(C)]
struct Clauses<T: Copy, const N: usize>(T, [u8; N])
where
    [T; 3]: Clone,
    T: PartialEq + Eq,
    for<'a> &'a T: PartialEq;

fn local() -> usize {
    #[derive(ShmSafe)]
    #[repr(C)]
    struct Local {
        a: u8,
    }
    Local::LAYOUT.size
}

fn main() {
    let Kind::Struct { fields } = Stacked::LAYOUT.kind else { panic!("not a struct") };
    assert_eq!((Stacked::LAYOUT.name, fields[0].name, fields[1].name), ("order", "y", "b"));
    let Kind::Enum { variants, .. } = NamedVariants::LAYOUT.kind else { panic!("not an enum") };
    assert_eq!((variants[0].name, variants[1].fields[0].name), ("first", "second"));
    assert_eq!(ReplacedBound::<String>::LAYOUT.size, 4);
    assert_eq!(TwoBounds::<u8, Vec<u8>>::LAYOUT.size, 1);
    assert_eq!((NoPadding::LAYOUT.name, NoPadding::LAYOUT.size), ("packed by hand", 8));
    assert_eq!(NoPaddingInEnum::LAYOUT.size, 2);
    assert_eq!(Clauses::<u16, 3>::LAYOUT.size, 6);
    assert_eq!(local(), 1);
}
