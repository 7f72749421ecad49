use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(bound = "T: ShmSafe + Copy")]
struct Guard<T> {
    //~^ Guard
    a: T,
}

impl<T> Drop for Guard<T> {
    fn drop(&mut self) {}
}

fn main() {}
