use shmcore::ShmSafe;
use std::marker::PhantomData;
use std::rc::Rc;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: PhantomData<Rc<u8>>,
    //~^ PhantomData<Rc<u8>>
}

fn main() {}
