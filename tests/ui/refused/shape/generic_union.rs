use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
union Word<T: Copy> {
    //~^ union
    value: T,
    bytes: [u8; 8],
}

fn main() {}
