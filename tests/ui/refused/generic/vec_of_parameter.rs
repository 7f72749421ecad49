use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct List<T> {
    items: Vec<T>,
    //~^ Vec<T>
}

fn main() {}
