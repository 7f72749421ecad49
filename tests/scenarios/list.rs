//! The names of all scenarios, once: the program makes a table of them, the test a `#[test]` of each.

/// Calls `$callback!` with the areas and the scenarios of each.
macro_rules! with_scenarios {
    ($callback:ident) => {
        $callback! {
            fork {
                child_sees_the_value_at_the_same_address
                parent_sees_writes_of_child
                value_survives_a_killed_child
                value_survives_the_handles_of_its_creator
                handles_dropped_in_child_leave_the_parents_alone
                each_process_has_a_container_of_its_own_over_the_same_elements
                result_of_the_closure_is_the_exit_code
                status_can_be_asked_again
                buffered_output_is_written_once
                another_thread_forbids_the_fork
                joined_threads_do_not_forbid_the_fork
                exclusive_borrow_forbids_the_fork
                contended_counter_is_exact
            }
            create {
                value_of_one_gib_from_a_stack_of_64_kib
                zero_default_of_64_mib_touches_no_page
                default_that_is_not_zero_is_made_in_place
                values_without_size
                alignment_is_kept
                file_is_sealed_and_close_on_exec
                descriptor_for_others_leads_to_the_header
                processes_that_share_first_at_once_agree_on_the_uuid
                panic_in_init_leaves_nothing
                last_handle_unmaps
                limits_are_errors
                project_outside_the_region_panics
            }
        }
    };
}
