use shmcore::ShmSafe;

mod parking_lot {
    pub struct RwLock<T>(T);
}

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: parking_lot::RwLock<u32>,
    //~^ parking_lot::RwLock<u32>
}

fn main() {}
