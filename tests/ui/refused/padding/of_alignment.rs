use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C, align(64))]
#[shm(deny_padding)]
struct Line {
    a: u64,
    //~^ u64
}

fn main() {}
