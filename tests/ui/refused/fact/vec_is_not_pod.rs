use shmcore::Pod;

fn needs<T: Pod>() {}

fn use_it() {
    needs::<Vec<u8>>();
    //~^ Vec<u8>
}

fn main() {}
