use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
#[shm(deny_padding)]
enum Event {
    Count(u32),
    //~^ Count
}

fn main() {}
