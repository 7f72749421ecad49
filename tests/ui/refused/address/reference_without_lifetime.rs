use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: &u32,
    //~^ &u32
    //~^^ rustc: &
}

fn main() {}
