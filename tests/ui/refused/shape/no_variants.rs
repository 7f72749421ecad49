use shmcore::ShmSafe;

#[derive(ShmSafe)]
enum Never {}
//~^ Never

fn main() {}
