use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Option<&'static u32>,
    //~^ Option<&'static u32>
}

fn main() {}
