use shmcore::ShmSafe;
use std::sync::mpsc::SyncSender;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: SyncSender<u32>,
    //~^ SyncSender<u32>
}

fn main() {}
