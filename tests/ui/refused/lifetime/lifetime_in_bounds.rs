use shmcore::ShmSafe;
use std::marker::PhantomData;

trait Of<'a> {}

#[derive(ShmSafe)]
#[repr(C)]
struct View<'a, T: Of<'a> + 'a>
where
    &'a T: Copy,
{
    value: T,
    owner: PhantomData<&'a u8>,
    //~^ PhantomData<&'a u8>
}

fn main() {}
