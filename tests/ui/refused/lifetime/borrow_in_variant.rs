use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
enum Event<'a> {
    Nothing,
    Text(&'a str),
    //~^ &'a str
}

fn main() {}
