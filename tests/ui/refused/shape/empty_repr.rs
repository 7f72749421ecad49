use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr()]
//~^ rustc: #[repr()]
struct Line {
    //~^ Line
    a: u8,
}

fn main() {}
