use shmcore::ShmSafe;

mod parking_lot {
    pub struct Mutex<T>(T);
}

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: parking_lot::Mutex<u32>,
    //~^ parking_lot::Mutex<u32>
}

fn main() {}
