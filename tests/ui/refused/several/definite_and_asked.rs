use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A<'a> {
    view: &'a u8,
    //~^ &'a u8
    list: Vec<u8>,
    //~^ Vec<u8>
}

fn main() {}
