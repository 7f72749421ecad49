use shmcore::ShmSafe;

#[allow(non_camel_case_types)]
struct u8(Vec<u32>);

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    a: u8,
    //~^ u8
}

fn main() {}
