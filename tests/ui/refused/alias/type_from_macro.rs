use shmcore::ShmSafe;

macro_rules! list {
    ($t:ty) => {
        Vec<$t>
        //~^ Vec<$t>
    };
}

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: list!(u8),
}

fn main() {}
