use shmcore::ShmSafe;

mod parking_lot {
    pub struct ReentrantMutex<T>(T);
}

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: parking_lot::ReentrantMutex<u32>,
    //~^ parking_lot::ReentrantMutex<u32>
}

fn main() {}
