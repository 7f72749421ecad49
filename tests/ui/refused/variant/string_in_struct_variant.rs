use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
enum Event {
    Nothing,
    Data { id: u32, name: String },
    //~^ String
}

fn main() {}
