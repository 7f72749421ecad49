use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(transparent)]
struct Two(u32, u32);
//~^ rustc: struct Two

fn main() {}
