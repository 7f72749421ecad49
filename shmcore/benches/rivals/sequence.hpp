// What is done, in which order: the counterpart of `benches/workloads/sequence.rs`, number for number. Apart from `boost.cpp`, which
// knows how it is done. The digests are compared by the bench, so that the two cannot drift apart.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

constexpr uint64_t SEED = 0x9E3779B97F4A7C15;
constexpr size_t LIVE = 1000;

struct XorShift {
    uint64_t state;

    uint64_t next() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state;
    }
};

// The block at `place` is freed, and one of `size` bytes allocated instead.
struct Step {
    uint16_t place;
    uint16_t size;
};

uint64_t digest(uint64_t before, uint64_t value) {
    return ((before << 7) | (before >> 57)) ^ value;
}

// The logarithms of the sizes are uniform: 16 to 4095 bytes.
std::vector<Step> steps(uint64_t seed, size_t count, size_t live) {
    XorShift random{seed};
    std::vector<Step> steps(count);
    for (Step& step : steps) {
        step.place = static_cast<uint16_t>(random.next() % live);
        double fraction = static_cast<double>(random.next() >> 11) / 9007199254740992.0;
        step.size = static_cast<uint16_t>(std::exp2(4.0 + 8.0 * fraction));
    }
    return steps;
}

uint64_t digest_of(const std::vector<Step>& steps) {
    uint64_t sum = 0;
    for (const Step& step : steps) {
        sum = digest(sum, (static_cast<uint64_t>(step.place) << 16) | step.size);
    }
    return sum;
}

// Keys in an order that no cache likes. Shuffling them goes on with the generator that made them.
struct Keys {
    std::vector<uint64_t> keys;
    std::vector<uint64_t> shuffled;
};

Keys sequence_of_keys(size_t count) {
    XorShift random{SEED};
    Keys keys;
    keys.keys.resize(count);
    std::generate(keys.keys.begin(), keys.keys.end(), [&] { return random.next(); });
    keys.shuffled = keys.keys;
    for (size_t index = count - 1; index > 0; --index) {
        std::swap(keys.shuffled[index], keys.shuffled[random.next() % (index + 1)]);
    }
    return keys;
}

uint64_t digest_of(const std::vector<uint64_t>& keys) {
    uint64_t sum = 0;
    for (uint64_t key : keys) {
        sum = digest(sum, key);
    }
    return sum;
}
