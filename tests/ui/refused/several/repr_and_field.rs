use shmcore::ShmSafe;

#[derive(ShmSafe)]
struct A {
    //~^ A
    list: Vec<u8>,
    //~^ Vec<u8>
}

fn main() {}
