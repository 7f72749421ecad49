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
            named {
                name_leads_to_the_same_value
                path_leads_to_the_same_value
                value_outlives_its_creator
                second_creator_is_told
                attaching_twice_gives_one_mapping
                unlinked_region_stays_with_those_that_have_it
                mode_is_0600_whatever_the_umask
                folder_whose_maker_died_is_opened_to_its_owner
                modes_that_let_others_write_are_refused
                names_that_are_none_are_errors
                limits_of_the_process_are_errors
                space_is_reserved_unless_sparse
            }
            attach {
                other_build_is_told_the_field_that_differs
                region_of_an_earlier_boot_is_attached_and_its_owners_are_dead
                file_system_without_unnamed_files_is_an_error
                things_planted_at_the_name_are_refused
                folder_that_is_not_the_users_own_is_refused
                value_that_is_none_is_refused_with_its_path
                corrupted_headers_are_errors
                hole_punched_by_a_peer_is_an_error
                caller_may_answer_for_the_peers
                race_for_a_name_has_one_winner_a_round
                creator_killed_at_any_moment_leaves_nothing_half_made
                full_file_system_is_an_error
            }
            containers {
                corrupted_containers_are_errors_or_safe_to_use
                slab_whose_user_is_killed_has_what_it_was_told_to_have
            }
            heap {
                heap_is_found_by_name_with_its_root_made_in_place
                child_has_the_heap_at_the_same_address
                heap_travels_by_socket_by_descriptor_and_by_inheritance
                descriptor_sent_to_a_child_leads_to_the_heap_that_it_has
                region_of_another_shape_is_no_heap_and_a_heap_is_no_value
                heaps_that_cannot_be_are_errors
                corrupted_headers_of_heaps_are_errors
                heap_with_the_id_of_one_that_is_open_is_refused
            }
            heap_reclaim {
                what_a_dead_process_held_is_taken_back_with_what_that_owned
                what_a_living_process_holds_is_left_to_it
            }
            heap_kills {
                killed_users_of_a_heap_lose_nothing_and_leave_nothing
            }
            heap_containers {
                two_processes_push_to_one_vector
                vector_taken_out_before_a_fork_is_owned_by_one_of_both
                fork_is_refused_while_blocks_are_held
                child_of_a_raw_fork_owns_nothing_that_its_parent_has_lent_out
                heap_of_a_killed_program_is_read_by_another
                container_of_another_heap_is_an_error
                child_killed_with_a_vector_in_hand_leaves_the_heap_in_order
            }
            heap_generation {
                generation_is_of_63_bits_with_an_id
                each_fork_begins_a_generation_of_every_heap
                opening_begins_a_generation_where_there_was_a_heap_before
                value_of_a_dead_holder_begins_a_generation
                heap_at_its_end_is_not_opened_and_ends_who_forks
            }
            liveness {
                killed_child_is_dead_before_it_is_waited_for
                peers_are_those_that_live
                stopped_child_lives
                forked_child_has_a_token_of_its_own
                parent_is_dead_while_its_child_lives
                creator_is_dead_while_its_child_lives
                attacher_is_dead_while_its_child_lives
                program_started_by_a_process_does_not_keep_it_alive
                process_that_becomes_another_program_is_dead
                process_without_handles_is_dead_to_the_region
                thousand_deaths_leave_no_trace
                process_in_another_pid_namespace_is_judged_rightly
            }
            seqlock {
                reader_without_the_right_to_write_sees_every_write
                no_read_is_torn_while_another_process_writes
                readers_do_not_wait_for_a_writer_that_is_stopped_in_a_write
                next_writer_goes_on_where_one_was_killed_in_a_write
                second_writer_is_refused_while_the_first_one_lives
                writer_waits_for_one_that_is_killed_meanwhile
                right_to_write_is_not_inherited
            }
            condvar {
                thousand_killed_waiters_do_not_hold_a_notifier_up
                notification_of_one_reaches_who_lives
                stopped_waiter_holds_nobody_up
                waiter_gets_the_poison_of_a_notifier_that_died_with_the_mutex
                two_processes_take_turns
                each_item_is_taken_once
                guard_of_the_parent_cannot_wait_in_a_child
            }
            semaphore {
                permit_of_a_killed_holder_comes_back_before_it_is_waited_for
                stopped_holder_keeps_its_permit
                permits_of_many_killed_holders_are_all_there
                thirty_third_process_waits_for_a_place
                sleepers_are_woken_one_after_the_other
                each_item_is_taken_once
                guard_that_is_dropped_in_a_child_is_the_parents
            }
            barrier {
                processes_meet_again_and_again
                arrival_of_a_killed_process_counts
                process_that_does_not_come_is_a_timeout
                stopped_process_holds_nobody_up_that_it_has_arrived_for
            }
            travel {
                socket_carries_a_region_to_an_unrelated_process
                nothing_on_the_socket_is_an_error
                descriptor_of_a_known_region_gives_the_same_address
                descriptor_sent_to_a_child_leads_to_the_region_that_it_has
                started_program_inherits_what_it_is_given_and_nothing_else
                wrong_descriptors_are_errors
                readers_cannot_write_whatever_they_try
                reader_attaches_by_name
            }
            rwlock {
                contended_additions_are_exact_and_readers_see_them_whole
                stopped_reader_is_never_overrun
                stopped_writer_is_never_overrun
                thirty_third_process_that_reads_waits_for_one_of_the_others
                fork_is_refused_while_a_guard_lives
                inherited_guards_dropped_in_the_child_leave_the_lock_to_the_parent
                each_of_several_processes_gets_its_turn_among_readers_without_end
            }
            rwlock_deaths {
                killed_readers_do_not_hold_up_a_writer
                writer_that_sleeps_notices_that_its_reader_has_died
                killed_writer_is_told_of_to_readers_and_writers_while_it_is_a_zombie
                reader_that_sleeps_notices_that_its_writer_has_died
                writer_killed_while_it_waits_leaves_no_trace
                process_killed_while_it_waits_to_read_leaves_no_trace
                torn_value_is_given_to_no_reader_and_overwritten_by_a_writer
                suspicion_ends_with_the_first_reader_that_has_looked
                lock_of_a_forgotten_read_guard_is_given_up_with_the_mapping
            }
            once {
                each_of_many_values_is_made_by_one_of_four_processes
                killed_maker_is_replaced_by_one_that_sleeps_while_it_is_a_zombie
                killed_maker_is_replaced_at_the_first_try
                stopped_maker_is_waited_for
                panicking_maker_leaves_it_to_the_next
                value_is_made_by_the_process_that_has_begun_whatever_it_forks
                child_that_returns_from_an_inherited_closure_panics_and_leaves_the_lock_to_its_parent
            }
            mutex {
                million_contended_additions_of_parent_and_children_are_exact
                children_that_lock_right_after_the_fork_are_others_than_their_parent
                each_of_sixteen_processes_gets_a_fifth_of_what_the_luckiest_gets
                mutex_that_is_moved_while_locked_takes_its_lock_along
                relock_by_another_handle_is_found_in_debug_builds_and_times_out_in_others
            }
            mutex_deaths {
                killed_holder_is_told_of_at_the_first_try_while_it_is_a_zombie
                sleeper_notices_a_death_within_20_ms
                sleeper_that_gets_many_signals_notices_a_death_too
                sleeper_does_not_wait_until_the_memory_of_the_dead_is_free
                process_whose_first_thread_has_ended_is_not_robbed
                stopped_holder_is_not_robbed
                stopped_holder_that_is_killed_is_dead
                holder_that_becomes_another_program_is_dead
                program_started_by_a_holder_does_not_keep_the_lock
                holder_that_ends_as_if_all_were_well_is_dead
                panic_poisons_as_a_panic_and_an_abort_as_a_death
                lock_of_a_forgotten_guard_is_given_up_with_the_mapping
            }
            mutex_forks {
                inherited_guard_dropped_in_the_child_leaves_the_lock_to_the_parent
                inherited_guard_is_not_to_be_used_in_debug_builds
                fork_is_refused_while_a_guard_lives
                fork_is_refused_after_a_guard_was_forgotten_on_a_thread_that_has_ended
                mapping_is_inherited_with_the_state_of_its_locks
                child_of_a_process_without_regions_has_a_token_of_its_own
                private_mutex_that_was_locked_at_a_fork_is_poisoned_in_the_child_only
            }
            mutex_identities {
                many_processes_that_come_after_a_dead_holder_are_not_taken_for_it
                process_with_the_id_of_a_dead_holder_is_not_taken_for_it
                holder_in_another_pid_namespace_is_judged_rightly
                living_holder_of_one_lock_is_not_taken_for_the_dead_one_of_another
            }
            mutex_signals {
                handler_that_tries_to_lock_amidst_of_locking_neither_hangs_nor_errs
                handler_that_tries_to_lock_what_others_have_neither_hangs_nor_errs
                trying_to_lock_takes_no_memory
                signals_do_not_change_how_long_a_lock_is_waited_for
            }
            mutex_torn {
                torn_value_is_told_of_and_given_to_nobody
                torn_value_is_given_to_nobody_after_clear_poison_either
                overwriting_repairs_a_torn_value
                who_dies_with_a_torn_value_in_hand_leaves_it_torn
            }
        }
    };
}
