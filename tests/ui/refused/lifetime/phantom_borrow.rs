use shmcore::ShmSafe;
use std::marker::PhantomData;

#[derive(ShmSafe)]
#[repr(C)]
struct View<'a> {
    offset: u32,
    owner: PhantomData<&'a u8>,
    //~^ PhantomData<&'a u8>
}

fn main() {}
