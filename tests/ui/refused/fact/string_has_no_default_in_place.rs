use shmcore::PlacementDefault;

fn needs<T: PlacementDefault>() {}

fn use_it() {
    needs::<String>();
    //~^ String
}

fn main() {}
