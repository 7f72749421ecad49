use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: unsafe extern "C" fn(*const u8),
    //~^ unsafe extern "C" fn(*const u8)
}

fn main() {}
