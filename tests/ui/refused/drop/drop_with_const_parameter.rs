use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Guard<const N: usize> {
    //~^ Guard
    a: [u8; N],
}

impl<const M: usize> Drop for Guard<M> {
    fn drop(&mut self) {}
}

fn main() {}
