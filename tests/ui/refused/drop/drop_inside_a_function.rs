use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Guard {
    //~^ Guard
    a: u8,
}

fn elsewhere() {
    impl Drop for Guard {
        fn drop(&mut self) {}
    }
}

fn main() {}
