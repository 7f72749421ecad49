use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
enum Event {
    Nothing,
    Data(u32, Vec<u8>),
    //~^ Vec<u8>
}

fn main() {}
