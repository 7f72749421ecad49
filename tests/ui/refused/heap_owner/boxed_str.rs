use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Box<str>,
    //~^ Box<str>
}

fn main() {}
