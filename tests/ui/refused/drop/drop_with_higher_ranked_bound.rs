use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Guard<T>
//~^ Guard
where
    for<'a> &'a T: PartialEq<u128>,
{
    a: T,
}

impl<T> Drop for Guard<T>
where
    for<'a> &'a T: PartialEq<u128>,
{
    fn drop(&mut self) {}
}

fn main() {}
