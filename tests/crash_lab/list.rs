//! The scenarios of the lab, for the program that runs them and for the test that runs the program.

/// Calls a macro with the names of all scenarios.
macro_rules! with_scenarios {
    ($with:ident) => {
        $with! {
            creation
            attachment
            descriptor
            race
            token_lock
            seq_lock
            mutex
            mutex_waiter
            mutex_dead_waiter
            mutex_race
            condvar
            semaphore
            sleeping_for_permits
            barrier
            containers
            ends
            option
            torn_update
            deaf_lock
            read_lock
            write_lock
            sleeping_for_rw_lock
            once
            sleeping_for_once
            heap_vec
            heap_deque
            heap_large
            heap_nested
            heap_string
            heap_box
            heap_map
            heap_tree
            heap_slab
            heap_moves
            heap_enum
            heap_takeover
            heap_allocator
            heap_readers
            heap_race
        }
    };
}
