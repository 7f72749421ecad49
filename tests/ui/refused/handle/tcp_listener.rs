use shmcore::ShmSafe;
use std::net::TcpListener;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: TcpListener,
    //~^ TcpListener
}

fn main() {}
