use shmcore::ShmSafe;
use std::borrow::Cow;

#[derive(ShmSafe)]
#[repr(C)]
struct Name<'a> {
    text: Cow<'a, str>,
    //~^ Cow<'a, str>
}

fn main() {}
