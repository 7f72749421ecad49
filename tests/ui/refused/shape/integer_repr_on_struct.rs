use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
//~^ u8
//~^^ rustc: u8
struct Line {
    a: u8,
}

fn main() {}
