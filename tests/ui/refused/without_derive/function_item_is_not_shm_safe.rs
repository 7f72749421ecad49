use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Slot<T>(T);

fn work() {}

fn share<T: ShmSafe>(_: T) {}

fn use_it() {
    share(Slot(work));
    //~^ work
}

fn main() {}
