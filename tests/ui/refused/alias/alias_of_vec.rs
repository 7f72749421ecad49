use shmcore::ShmSafe;

type Names = Vec<String>;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    names: Names,
    //~^ Names
}

fn main() {}
