use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Node {
    //~^ rustc: struct Node
    children: [Node; 2],
    //~^ [Node; 2]
}

fn main() {}
