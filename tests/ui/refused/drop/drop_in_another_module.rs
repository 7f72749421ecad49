use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Guard {
    //~^ Guard
    a: u8,
}

mod elsewhere {
    impl Drop for super::Guard {
        fn drop(&mut self) {}
    }
}

fn main() {}
