use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Guard<T: Clone>
//~^ Guard
where
    T: Send,
{
    a: T,
}

impl<U> Drop for Guard<U>
where
    U: Send + Clone,
{
    fn drop(&mut self) {}
}

fn main() {}
