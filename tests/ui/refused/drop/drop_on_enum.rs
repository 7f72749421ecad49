use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
enum Guard {
    //~^ Guard
    A,
}

impl Drop for Guard {
    fn drop(&mut self) {}
}

fn main() {}
