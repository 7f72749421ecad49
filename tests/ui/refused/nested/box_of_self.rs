use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Node {
    id: u32,
    next: Option<Box<Node>>,
    //~^ Option<Box<Node>>
}

fn main() {}
