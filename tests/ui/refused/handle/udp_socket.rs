use shmcore::ShmSafe;
use std::net::UdpSocket;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: UdpSocket,
    //~^ UdpSocket
}

fn main() {}
