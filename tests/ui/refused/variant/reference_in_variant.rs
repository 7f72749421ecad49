use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
enum Event {
    Nothing,
    Data(&'static str),
    //~^ &'static str
}

fn main() {}
