use shmcore::ShmSafe;
use std::marker::PhantomData;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(bound = "")]
struct Slot<T> {
    mark: PhantomData<T>,
    //~^ PhantomData<T>
}

fn main() {}
