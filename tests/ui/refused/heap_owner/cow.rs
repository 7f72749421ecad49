use shmcore::ShmSafe;
use std::borrow::Cow;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Cow<'static, str>,
    //~^ Cow<'static, str>
}

fn main() {}
