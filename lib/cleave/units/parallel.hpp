// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

namespace cleave {

/// Runs body(i) for i in [0, count) on `threads` threads (0: one per processor) and waits; rethrows the first
/// exception by index. What body(i) does must not depend on other indices: then nothing depends on the number
/// of threads.
template <class Body>
void parallel_for(std::size_t count, unsigned threads, const Body& body) {
    const unsigned workers = threads == 0 ? std::max(1U, std::thread::hardware_concurrency()) : threads;
    std::atomic<std::size_t> next{0};
    std::vector<std::exception_ptr> errors(count);
    const auto work = [&] {
        for (std::size_t i = next++; i < count; i = next++) {
            try {
                body(i);
            } catch (...) {
                errors[i] = std::current_exception();
            }
        }
    };
    std::vector<std::thread> pool;
    for (unsigned t = 1; t < std::min<std::size_t>(workers, count); ++t) {
        pool.emplace_back(work);
    }
    work();
    for (std::thread& thread : pool) {
        thread.join();
    }
    for (const std::exception_ptr& error : errors) {
        if (error) {
            std::rethrow_exception(error);
        }
    }
}

}  // namespace cleave
