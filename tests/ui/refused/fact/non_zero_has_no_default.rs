use shmcore::PlacementDefault;

fn needs<T: PlacementDefault>() {}

fn use_it() {
    needs::<std::num::NonZeroU32>();
    //~^ std::num::NonZeroU32
}

fn main() {}
