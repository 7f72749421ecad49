use shmcore::ShmSafe;

struct Inner<'a>(&'a u8);

#[derive(ShmSafe)]
#[repr(C)]
struct Outer<'a> {
    inner: Inner<'a>,
    //~^ Inner<'a>
}

fn main() {}
