use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A {
    a: String,
    //~^ String
}

#[derive(ShmSafe)]
struct B {
    //~^ B
    a: A,
}

fn main() {}
