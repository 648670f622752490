// SPDX-License-Identifier: Apache-2.0
#include "cleave/units/memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

namespace cleave {

std::int64_t resident_bytes() {
    // Pages in all, and pages in memory.
    const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return 0;
    }
    std::array<char, 128> text{};
    const ssize_t size = read(file, text.data(), text.size());
    close(file);
    const std::string_view line(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    const std::size_t first = line.find(' ');
    std::int64_t pages = 0;
    if (first != std::string_view::npos) {
        std::from_chars(line.data() + first + 1, line.data() + line.size(), pages);
    }
    return pages * sysconf(_SC_PAGESIZE);
}

bool MemoryLimit::passed() const {
    constexpr std::chrono::milliseconds kPause(1);
    if (!most_bytes_ || passed_) {
        return passed_;
    }
    const Clock::rep now = Clock::now().time_since_epoch().count();
    if (now >= ask_at_) {
        ask_at_ = now + Clock::duration(kPause).count();
        if (resident_bytes() > *most_bytes_) {
            passed_ = true;
        }
    }
    return passed_;
}

}  // namespace cleave
