use shmcore::ShmSafe;
use std::rc::Rc;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: (u8, Rc<u8>),
    //~^ (u8, Rc<u8>)
}

fn main() {}
