use shmcore::ShmSafe;
use std::marker::PhantomData;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: PhantomData<*const u8>,
    //~^ PhantomData<*const u8>
}

fn main() {}
