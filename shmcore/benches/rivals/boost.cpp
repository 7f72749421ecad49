// Boost.Interprocess as the other side of `benches/heap.rs`, which compiles this file and runs it with the name of a workload and
// its numbers. A line of the output has a name and a number: nanoseconds an operation, or what is counted.
//
// The segments are those of a `managed_shared_memory`: the same algorithm, the same process-shared mutex. Where time is measured
// they lie in anonymous shared memory, which no limit of /dev/shm cuts short.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/functional/hash.hpp>
#include <boost/interprocess/allocators/allocator.hpp>
#include <boost/interprocess/anonymous_shared_memory.hpp>
#include <boost/interprocess/containers/map.hpp>
#include <boost/interprocess/containers/vector.hpp>
#include <boost/interprocess/managed_external_buffer.hpp>
#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/unordered_map.hpp>
#include <boost/version.hpp>

#include "sequence.hpp"

namespace interprocess = boost::interprocess;

using Named = interprocess::managed_shared_memory;
using Anonymous = interprocess::basic_managed_external_buffer<
    char, interprocess::rbtree_best_fit<interprocess::mutex_family>, interprocess::iset_index>;
using Clock = std::chrono::steady_clock;

// Blocks that the killed process has at a time, and the size of the segment that they lie in.
constexpr size_t KILLED_LIVE = 64;
constexpr size_t KILLED_BYTES = 1 << 20;
// How long a thousand steps may take after the kill. They take a millisecond where nothing is wrong.
constexpr time_t DEADLINE_SECONDS = 2;
// After this time something has gone wrong in this program.
constexpr unsigned LIFETIME_SECONDS = 240;

// The compiler must take it that the value is read and changed here.
template <typename T>
inline T& opaque(T& value) {
    T* address = &value;
    asm volatile("" : "+r"(address) : : "memory");
    return *address;
}

double nanoseconds(Clock::duration duration, size_t operations) {
    return std::chrono::duration<double, std::nano>(duration).count() / static_cast<double>(operations);
}

// The first sample warms up.
double median(size_t samples, const std::function<double()>& sample) {
    sample();
    std::vector<double> values(samples);
    std::generate(values.begin(), values.end(), sample);
    std::sort(values.begin(), values.end());
    return values[samples / 2];
}

struct AnonymousSegment {
    interprocess::mapped_region memory;
    Anonymous managed;

    explicit AnonymousSegment(size_t bytes)
        : memory(interprocess::anonymous_shared_memory(bytes)),
          managed(interprocess::create_only, memory.get_address(), memory.get_size()) {}
};

// A child that ends with this process, whatever ends it.
pid_t fork_child(const std::function<void()>& run) {
    pid_t child = fork();
    if (child < 0) {
        throw std::runtime_error("fork failed");
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        try {
            run();
        } catch (...) {
            _exit(1);
        }
        _exit(0);
    }
    return child;
}

int wait_for(pid_t child) {
    int status = 0;
    if (waitpid(child, &status, 0) != child) {
        throw std::runtime_error("waitpid failed");
    }
    return status;
}

template <typename Segment>
void* allocate(Segment& segment, size_t size) {
    void* block = segment.allocate(size);
    *static_cast<volatile uint64_t*>(block) = size;
    return block;
}

// A set of live blocks, of which a step frees one and allocates another.
template <typename Segment>
struct Churn {
    Segment& segment;
    std::vector<void*> live;

    Churn(Segment& segment, const std::vector<Step>& steps, size_t count) : segment(segment) {
        for (size_t index = 0; index < count; ++index) {
            live.push_back(allocate(segment, steps[index].size));
        }
    }

    void step(const Step& step) {
        void*& block = live[step.place];
        segment.deallocate(block);
        block = allocate(segment, step.size);
    }

    void step_all(const std::vector<Step>& steps) {
        for (const Step& one : steps) {
            step(one);
        }
    }

    void free_all() {
        for (void* block : live) {
            segment.deallocate(block);
        }
    }
};

void churn(size_t count, size_t samples) {
    AnonymousSegment segment(64 << 20);
    std::vector<Step> sequence = steps(SEED, count, LIVE);
    double step = median(samples, [&] {
        Churn<Anonymous> churn(segment.managed, sequence, LIVE);
        Clock::time_point start = Clock::now();
        churn.step_all(sequence);
        Clock::duration elapsed = Clock::now() - start;
        churn.free_all();
        return nanoseconds(elapsed, count);
    });
    std::printf("digest %llu\n", static_cast<unsigned long long>(digest_of(sequence)));
    std::printf("step %.3f\n", step);
}

// Both take `count` steps; the time is that until both have.
void churn_of_two(size_t count, size_t samples) {
    AnonymousSegment segment(64 << 20);
    interprocess::mapped_region flags = interprocess::anonymous_shared_memory(4096);
    std::vector<Step> sequence = steps(SEED, count, LIVE);
    std::vector<Step> sequence_of_child = steps(SEED + 1, count, LIVE);
    double step = median(samples, [&] {
        auto* ready = new (flags.get_address()) std::atomic<int>(0);
        auto run = [&](const std::vector<Step>& sequence) {
            Churn<Anonymous> churn(segment.managed, sequence, LIVE);
            ready->fetch_add(1);
            // A process that has died does not get ready: LIFETIME_SECONDS ends this.
            while (ready->load() < 2) {
            }
            Clock::time_point start = Clock::now();
            churn.step_all(sequence);
            ready->fetch_add(1);
            while (ready->load() < 4) {
            }
            Clock::duration elapsed = Clock::now() - start;
            churn.free_all();
            return elapsed;
        };
        pid_t child = fork_child([&] { run(sequence_of_child); });
        Clock::duration elapsed = run(sequence);
        if (wait_for(child) != 0) {
            throw std::runtime_error("the other process failed");
        }
        return nanoseconds(elapsed, count);
    });
    uint64_t sum = digest(digest_of(sequence), digest_of(sequence_of_child));
    std::printf("digest %llu\n", static_cast<unsigned long long>(sum));
    std::printf("step %.3f\n", step);
}

// The life of a segment with a name, of so many bytes.
void create(size_t bytes, size_t samples) {
    constexpr size_t SEGMENTS = 50;
    std::string name = "shmcore-bench-" + std::to_string(getpid());
    double create = median(samples, [&] {
        Clock::time_point start = Clock::now();
        for (size_t segment = 0; segment < SEGMENTS; ++segment) {
            Named managed(interprocess::create_only, name.c_str(), bytes);
            interprocess::shared_memory_object::remove(name.c_str());
        }
        return nanoseconds(Clock::now() - start, SEGMENTS);
    });
    std::printf("create %.3f\n", create);
}

// The life of an attachment to such a segment, with a look for the value in it.
void attach(size_t bytes, size_t samples) {
    constexpr size_t ATTACHMENTS = 50;
    std::string name = "shmcore-bench-" + std::to_string(getpid());
    Named managed(interprocess::create_only, name.c_str(), bytes);
    managed.construct<uint64_t>("value")(7);
    double attach = median(samples, [&] {
        Clock::time_point start = Clock::now();
        for (size_t attachment = 0; attachment < ATTACHMENTS; ++attachment) {
            Named opened(interprocess::open_only, name.c_str());
            if (*opaque(opened).find<uint64_t>("value").first != 7) {
                throw std::runtime_error("the value is another one");
            }
        }
        return nanoseconds(Clock::now() - start, ATTACHMENTS);
    });
    interprocess::shared_memory_object::remove(name.c_str());
    std::printf("attach %.3f\n", attach);
}

void push(size_t count, size_t samples) {
    using Allocator = interprocess::allocator<uint64_t, Anonymous::segment_manager>;
    using Vector = interprocess::vector<uint64_t, Allocator>;
    AnonymousSegment segment(256 << 20);
    double push = median(samples, [&] {
        Vector vector(Allocator(segment.managed.get_segment_manager()));
        Clock::time_point start = Clock::now();
        for (uint64_t value = 0; value < count; ++value) {
            opaque(vector).push_back(opaque(value));
        }
        return nanoseconds(Clock::now() - start, count);
    });
    std::printf("push %.3f\n", push);
}

using Entry = std::pair<const uint64_t, uint64_t>;
using EntryAllocator = interprocess::allocator<Entry, Anonymous::segment_manager>;

// A map in a segment, made by `make` of an allocator.
template <typename Make>
void map(size_t count, size_t samples, const Make& make) {
    const auto [keys, shuffled] = sequence_of_keys(count);
    AnonymousSegment segment(size_t{512} << 20);
    std::vector<double> look_ups;
    double insert = median(samples, [&] {
        auto map = make(EntryAllocator(segment.managed.get_segment_manager()));
        Clock::time_point start = Clock::now();
        for (uint64_t key : keys) {
            opaque(map).emplace(opaque(key), key);
        }
        Clock::time_point inserted = Clock::now();
        for (uint64_t key : shuffled) {
            auto entry = opaque(map).find(opaque(key));
            opaque(entry->second);
        }
        look_ups.push_back(nanoseconds(Clock::now() - inserted, count));
        return nanoseconds(inserted - start, count);
    });
    look_ups.erase(look_ups.begin());
    std::sort(look_ups.begin(), look_ups.end());
    std::printf("digest %llu\n", static_cast<unsigned long long>(digest_of(shuffled)));
    std::printf("insert %.3f\n", insert);
    std::printf("look_up %.3f\n", look_ups[samples / 2]);
}

auto hash_map(const EntryAllocator& allocator) {
    using Map = boost::unordered_map<uint64_t, uint64_t, boost::hash<uint64_t>, std::equal_to<uint64_t>, EntryAllocator>;
    return Map(0, boost::hash<uint64_t>(), std::equal_to<uint64_t>(), allocator);
}

auto ordered_map(const EntryAllocator& allocator) {
    using Map = interprocess::map<uint64_t, uint64_t, std::less<uint64_t>, EntryAllocator>;
    return Map(std::less<uint64_t>(), allocator);
}

// A segment that another process can open by its name, as long as it has one.
struct NamedSegment {
    std::string name;
    Named managed;

    explicit NamedSegment(size_t trial)
        : name("shmcore-bench-" + std::to_string(getpid()) + "-" + std::to_string(trial)),
          managed(interprocess::create_only, name.c_str(), KILLED_BYTES) {}

    // At once when it was opened, so that nothing is left if this process is killed.
    void remove_name() { interprocess::shared_memory_object::remove(name.c_str()); }
};

// Kills a process with SIGKILL that allocates and frees, 0.2 to 3 ms after it has begun to.
void kill_in_churn(NamedSegment& segment, const std::vector<Step>& sequence, XorShift& random, std::atomic<bool>& has_begun) {
    has_begun.store(false);
    pid_t child = fork_child([&] {
        Named opened(interprocess::open_only, segment.name.c_str());
        Churn<Named> churn(opened, sequence, KILLED_LIVE);
        has_begun.store(true);
        for (;;) {
            churn.step_all(sequence);
        }
    });
    while (!has_begun.load()) {
        if (waitpid(child, nullptr, WNOHANG) != 0) {
            segment.remove_name();
            throw std::runtime_error("the process that was to be killed ended by itself");
        }
        std::this_thread::yield();
    }
    segment.remove_name();
    auto kill_at = Clock::now() + std::chrono::microseconds(200 + random.next() % 2800);
    while (Clock::now() < kill_at) {
        std::this_thread::yield();
    }
    kill(child, SIGKILL);
    int status = wait_for(child);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
        throw std::runtime_error("the process that was to be killed ended by itself");
    }
}

// Starts a process that has the segment mapped, allocates and frees; SIGALRM ends it at the deadline.
pid_t fork_prober(NamedSegment& segment, const std::vector<Step>& sequence) {
    return fork_child([&] {
        itimerval deadline{};
        deadline.it_value.tv_sec = DEADLINE_SECONDS;
        setitimer(ITIMER_REAL, &deadline, nullptr);
        Churn<Named> churn(segment.managed, sequence, KILLED_LIVE);
        churn.step_all(sequence);
        churn.free_all();
        if (!segment.managed.check_sanity()) {
            _exit(2);
        }
    });
}

void kills(size_t trials) {
    interprocess::mapped_region flags = interprocess::anonymous_shared_memory(4096);
    auto& has_begun = *new (flags.get_address()) std::atomic<bool>(false);
    std::vector<Step> sequence = steps(SEED, 1000, KILLED_LIVE);
    XorShift random{SEED};
    std::vector<std::unique_ptr<NamedSegment>> segments;
    for (size_t trial = 0; trial < trials; ++trial) {
        segments.push_back(std::make_unique<NamedSegment>(trial));
        kill_in_churn(*segments.back(), sequence, random, has_begun);
    }
    // In the last one nobody was killed: where it cannot be used either, the fault is not Boost's.
    segments.push_back(std::make_unique<NamedSegment>(trials));
    segments.back()->remove_name();
    // All wait for the deadline at the same time, if they have to.
    std::vector<pid_t> probers;
    for (const auto& segment : segments) {
        probers.push_back(fork_prober(*segment, sequence));
    }
    size_t blocked = 0;
    size_t damaged = 0;
    for (size_t trial = 0; trial < trials; ++trial) {
        int status = wait_for(probers[trial]);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
            ++blocked;
        } else if (status != 0) {
            ++damaged;
        }
    }
    if (wait_for(probers[trials]) != 0) {
        throw std::runtime_error("a segment in which nobody was killed could not be used in time");
    }
    std::printf("blocked %zu\n", blocked);
    std::printf("damaged %zu\n", damaged);
}

int main(int count, char** arguments) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(LIFETIME_SECONDS);
    std::string workload = count > 1 ? arguments[1] : "";
    auto number = [&](int index) { return index < count ? std::strtoull(arguments[index], nullptr, 10) : 0; };
    size_t size = number(2);
    size_t samples = number(3);
    try {
        if (workload == "version") {
            std::printf("version %d\n", BOOST_VERSION);
        } else if (workload == "churn" && size >= LIVE && samples > 0) {
            churn(size, samples);
        } else if (workload == "churn_of_two" && size >= LIVE && samples > 0) {
            churn_of_two(size, samples);
        } else if ((workload == "create" || workload == "attach") && size > 0 && samples > 0) {
            (workload == "create" ? create : attach)(size, samples);
        } else if (workload == "push" && size > 0 && samples > 0) {
            push(size, samples);
        } else if (workload == "map" && size > 0 && samples > 0) {
            map(size, samples, hash_map);
        } else if (workload == "ordered_map" && size > 0 && samples > 0) {
            map(size, samples, ordered_map);
        } else if (workload == "kills" && size > 0) {
            kills(size);
        } else {
            std::fprintf(stderr, "no such workload, or no numbers for it: %s\n", workload.c_str());
            return 2;
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", workload.c_str(), error.what());
        return 1;
    }
    return 0;
}
