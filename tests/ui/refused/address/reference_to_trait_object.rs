use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: &'static (dyn Send + Sync),
    //~^ &'static (dyn Send + Sync)
}

fn main() {}
