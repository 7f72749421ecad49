use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
//~^ rustc: u8
enum Never {}

fn main() {}
