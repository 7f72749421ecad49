use shmcore::ShmSafe;
use std::rc::Rc;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Rc<u32>,
    //~^ Rc<u32>
}

fn main() {}
