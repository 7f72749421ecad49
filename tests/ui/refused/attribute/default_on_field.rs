use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A {
    #[default]
    //~^ #[default]
    a: u8,
}

fn main() {}
