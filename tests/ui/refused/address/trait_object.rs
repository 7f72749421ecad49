use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: dyn Send,
    //~^ dyn Send
}

fn main() {}
