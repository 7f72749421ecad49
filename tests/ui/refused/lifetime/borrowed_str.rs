use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Name<'a> {
    text: &'a str,
    //~^ &'a str
}

fn main() {}
