// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/progress.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace cleave::cli {

/// Where something stands, and how long it may take, from when it was first asked about.
class Pace {
public:
    /// Seconds until `done` reaches `total` at the pace so far, as "12 s left" or "3 min left"; empty while
    /// that cannot be said. Another `stage` than before starts the clock again.
    [[nodiscard]] std::string left(std::uint64_t stage, std::uint64_t done, std::uint64_t total,
                                   double seconds);

private:
    std::uint64_t stage_ = ~std::uint64_t{0};
    double start_ = 0;
    /// Done before that.
    std::uint64_t before_ = 0;
};

/// A line about an exploration: what it is doing, how fast, and what is left of that.
class ExploreLine {
public:
    explicit ExploreLine(const Progress& progress) : progress_(&progress) {}
    /// @param seconds since the start; never falls
    [[nodiscard]] std::string text(double seconds);

private:
    const Progress* progress_;
    Pace pace_;
};

/// A line about things that are done one after the other: how many of them, how fast, and what is left.
class CountLine {
public:
    /// @param what one of them, @param many several: "case" and "cases"
    /// @param done counted by other threads
    CountLine(std::string what, std::string many, const std::atomic<std::uint64_t>& done, std::uint64_t total)
        : what_(std::move(what)), many_(std::move(many)), done_(&done), total_(total) {}
    /// @param seconds since the start; never falls
    [[nodiscard]] std::string text(double seconds);

private:
    std::string what_;
    std::string many_;
    const std::atomic<std::uint64_t>* done_;
    std::uint64_t total_;
    Pace pace_;
};

/// 1234567 as "1.23 M".
[[nodiscard]] std::string show_large(double count);

/// While one exists, a line on a terminal is written again and again; afterwards it is gone. The first comes
/// after half a second, so that short work leaves the terminal alone.
class ProgressLine {
public:
    enum class Shown { yes, no };
    /// @param text what to write, from the seconds since the start; called from another thread.
    ProgressLine(std::FILE* stream, Shown shown, std::function<std::string(double seconds)> text);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// `yes` if the stream is a terminal that can clear a line.
    [[nodiscard]] static Shown if_terminal(std::FILE* stream);

private:
    void run();

    std::FILE* stream_;
    std::function<std::string(double)> text_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ended_ = false;
    std::thread thread_;
};

}  // namespace cleave::cli
