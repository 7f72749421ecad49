use shmcore::ShmSafe;

struct Inner<'a>(&'a u8);

#[derive(ShmSafe)]
#[repr(C)]
struct Outer {
    inner: Inner<'_>,
    //~^ Inner<'_>
    //~^^ rustc: '_
}

fn main() {}
