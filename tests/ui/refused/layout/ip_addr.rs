use shmcore::ShmSafe;
use std::net::IpAddr;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: IpAddr,
    //~^ IpAddr
}

fn main() {}
