use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Guard {
    //~^ Guard
    a: u8,
}

impl Drop for Guard {
    fn drop(&mut self) {}
}

fn main() {}
