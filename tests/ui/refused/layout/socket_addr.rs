use shmcore::ShmSafe;
use std::net::SocketAddr;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: SocketAddr,
    //~^ SocketAddr
}

fn main() {}
