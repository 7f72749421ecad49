use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Box<dyn Fn(u8) -> u8 + Send + Sync>,
    //~^ Box<dyn Fn(u8) -> u8 + Send + Sync>
}

fn main() {}
