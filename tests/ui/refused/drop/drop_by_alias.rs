use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Guard {
    //~^ Guard
    a: u8,
}

type Alias = Guard;

impl Drop for Alias {
    fn drop(&mut self) {}
}

fn main() {}
