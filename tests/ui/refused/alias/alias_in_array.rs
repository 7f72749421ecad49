use shmcore::ShmSafe;

type Text = String;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: [Text; 2],
    //~^ [Text; 2]
}

fn main() {}
