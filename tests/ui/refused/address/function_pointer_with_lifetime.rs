use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: for<'a> fn(&'a u8) -> &'a u8,
    //~^ for<'a> fn(&'a u8) -> &'a u8
}

fn main() {}
