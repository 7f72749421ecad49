use shmcore::ShmSafe;
use std::net::Ipv4Addr;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Ipv4Addr,
    //~^ Ipv4Addr
}

fn main() {}
