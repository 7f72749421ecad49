//! Types, parameters and constants of the user that are called like something in the derive's output.
#![allow(dead_code, non_camel_case_types, non_upper_case_globals)]

mod named_like_the_traits {
    use shmcore::ShmSafe as Derive;

    #[derive(Derive)]
    #[repr(C)]
    pub struct ShmSafe(u8);

    #[derive(Derive)]
    #[repr(C)]
    pub struct ShmSafe0(u16);

    #[derive(Derive)]
    #[repr(C)]
    pub struct ShmFields(u32);

    #[derive(Derive)]
    #[repr(C)]
    pub struct Holder {
        a: ShmSafe,
        b: ShmSafe0,
        c: ShmFields,
    }

    const _: () = assert!(<Holder as Derive>::LAYOUT.size == 8);
}

mod parameters_named_like_the_output {
    use shmcore::ShmSafe;

    #[derive(ShmSafe)]
    #[repr(C)]
    pub struct Generic<__T, F0, ShmFields> {
        a: __T,
        b: [F0; 2],
        c: ShmFields,
    }

    const _: () = assert!(Generic::<u8, u8, u8>::LAYOUT.size == 4);

    #[derive(ShmSafe)]
    #[repr(u8)]
    enum Lifetimes<T>
    where
        for<'__shm> &'__shm T: Copy,
    {
        A(T),
    }

    const _: () = assert!(Lifetimes::<u8>::LAYOUT.size == 2);
}

mod named_like_a_number {
    use shmcore::ShmSafe;

    type u8 = u64;
    type usize = core::primitive::u8;

    #[derive(ShmSafe)]
    #[repr(u8)]
    enum Shape {
        A(u8),
        B(usize, u8),
    }

    const _: () = assert!(Shape::LAYOUT.size == 16);

    #[derive(ShmSafe)]
    #[repr(C)]
    struct i32(f64);

    #[derive(ShmSafe)]
    #[repr(C)]
    struct Holder {
        a: i32,
        b: usize,
    }

    const _: () = assert!(Holder::LAYOUT.size == 16);
}

mod crates_named_like_modules {
    mod core {}
    mod std {}
    mod shmcore {}

    #[derive(::shmcore::ShmSafe)]
    #[repr(u8)]
    enum Shape {
        A(u32),
        B,
    }

    const _: () = assert!(<Shape as ::shmcore::ShmSafe>::LAYOUT.size == 8);
}

mod named_like_std {
    use shmcore::ShmSafe;

    #[derive(ShmSafe)]
    #[repr(C)]
    struct Vec<T>(T, u32);

    #[derive(ShmSafe)]
    #[repr(u8)]
    enum Option<T> {
        None,
        Some(T),
    }

    #[derive(ShmSafe)]
    #[repr(C)]
    struct Mutex;

    #[derive(ShmSafe)]
    #[repr(C)]
    struct Path(u8);

    #[derive(ShmSafe)]
    #[repr(C)]
    struct Holder {
        list: Vec<u32>,
        maybe: Option<Vec<u8>>,
        lock: Mutex,
        path: Path,
    }

    const _: () = assert!(Holder::LAYOUT.size == 24);

    // What std's prelude has under other names is not looked for.
    trait Send {}
    trait Sync {}
    trait Sized {}
    fn size_of() {}
    #[allow(non_snake_case)]
    fn Some() {}
}

mod members_named_like_the_output {
    use shmcore::ShmSafe;

    #[derive(ShmSafe)]
    #[repr(u8)]
    enum Event {
        LAYOUT(u8) = Self::F0,
        FIELD { __shm_0: u8, value: u32 },
    }

    impl Event {
        const F0: u8 = 4;
    }

    const _: () = assert!(<Event as ShmSafe>::LAYOUT.size == 8);
}

mod raw_identifiers {
    use shmcore::ShmSafe;
    use shmcore::layout::Kind;

    #[derive(ShmSafe)]
    #[repr(C)]
    struct r#struct {
        r#type: u8,
        r#fn: r#union,
    }

    #[derive(ShmSafe)]
    #[repr(C)]
    struct r#union;

    #[derive(ShmSafe)]
    #[repr(u8)]
    enum r#enum {
        r#match(u8),
        r#loop { r#in: u8 },
    }

    const _: () = {
        let Kind::Struct { fields } = r#struct::LAYOUT.kind else { panic!() };
        assert!(fields[0].name.len() == 4 && r#struct::LAYOUT.name.len() == 6);
        let Kind::Enum { variants, .. } = r#enum::LAYOUT.kind else { panic!() };
        assert!(variants[1].name.len() == 4 && variants[1].fields[0].name.len() == 2);
    };
}

fn main() {}
