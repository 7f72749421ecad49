use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Option<String>,
    //~^ Option<String>
}

fn main() {}
