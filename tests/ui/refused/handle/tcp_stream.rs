use shmcore::ShmSafe;
use std::net::TcpStream;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: TcpStream,
    //~^ TcpStream
}

fn main() {}
