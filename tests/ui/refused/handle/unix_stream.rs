use shmcore::ShmSafe;
use std::os::unix::net::UnixStream;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: UnixStream,
    //~^ UnixStream
}

fn main() {}
