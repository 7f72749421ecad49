use shmcore::ShmSafe;
use std::net::Ipv6Addr;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Ipv6Addr,
    //~^ Ipv6Addr
}

fn main() {}
