use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Foo {
    bars: Vec<u64>,
    //~^ Vec<u64>
}

fn main() {}
