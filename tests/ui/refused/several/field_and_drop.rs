use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A {
    //~^ A
    list: Vec<u8>,
    //~^ Vec<u8>
}

impl Drop for A {
    fn drop(&mut self) {}
}

fn main() {}
