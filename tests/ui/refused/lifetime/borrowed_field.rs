use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct View<'a> {
    bytes: &'a [u8],
    //~^ &'a [u8]
}

fn main() {}
