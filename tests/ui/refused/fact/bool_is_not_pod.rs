use shmcore::Pod;

fn needs<T: Pod>() {}

fn use_it() {
    needs::<bool>();
    //~^ bool
}

fn main() {}
