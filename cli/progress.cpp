// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include "terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace cleave::cli {
namespace {

constexpr std::chrono::milliseconds kFirst{500};
constexpr std::chrono::milliseconds kPeriod{200};

std::string per_second(double count, double seconds, const std::string& what) {
    if (seconds <= 0) {
        return "";
    }
    const double rate = count / seconds;
    // Things that take a second each have a rate, too.
    return fmt::format(", {} {}/s", rate < 10 ? fmt::format("{:.2g}", rate) : show_large(rate), what);
}

/// "12 s: case 3/126 (40 s left)": what matters most comes first, a narrow terminal shows no more.
std::string position(Pace& pace, double seconds, const std::string& what, std::uint64_t stage,
                     std::uint64_t done, std::uint64_t total) {
    const std::string left = pace.left(stage, done, total, seconds);
    return fmt::format("{:.0f} s: {} {}/{}{}", seconds, what, done, total,
                       left.empty() ? left : " (" + left + ")");
}

}  // namespace

std::string Pace::left(std::uint64_t stage, std::uint64_t done, std::uint64_t total, double seconds) {
    constexpr double kMinute = 60;
    constexpr double kLongest = 360'000;
    if (stage != stage_) {
        stage_ = stage;
        start_ = seconds;
        before_ = done;
    }
    if (done <= before_ || done >= total || seconds <= start_) {
        return "";
    }
    const double left =
        (seconds - start_) * static_cast<double>(total - done) / static_cast<double>(done - before_);
    if (left > kLongest) {
        return "";
    }
    return left < 2 * kMinute ? fmt::format("{:.0f} s left", left)
                              : fmt::format("{:.0f} min left", left / kMinute);
}

std::string show_large(double count) {
    constexpr std::array<std::pair<double, const char*>, 3> kPrefixes{{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
    for (const auto& [factor, name] : kPrefixes) {
        if (count >= factor) {
            return fmt::format("{:.3g} {}", count / factor, name);
        }
    }
    return fmt::format("{:.0f}", count);
}

std::string ExploreLine::text(double seconds) {
    enum Stage : std::uint64_t { kOptions, kUncertainty, kSearch };
    const Progress& p = *progress_;
    const auto line = [&](const std::string& what, std::uint64_t stage, std::uint64_t done,
                          std::uint64_t total) { return position(pace_, seconds, what, stage, done, total); };
    if (p.steps > 0) {
        return line("uncertainty, step", kUncertainty, p.steps_done, p.steps);
    }
    if (const std::uint64_t pass = p.passes; pass > 0) {
        return line(fmt::format("search, pass {}, slice", pass), kSearch + pass, p.slices_done, p.slices) +
               fmt::format(", {} labels", show_large(static_cast<double>(p.labels))) +
               per_second(static_cast<double>(p.candidates), seconds, "candidates");
    }
    const auto options = static_cast<double>(p.options);
    return line("options, state", kOptions, p.states_done, p.states) +
           fmt::format(", {} options", show_large(options)) + per_second(options, seconds, "options");
}

std::string CountLine::text(double seconds) {
    const std::uint64_t done = *done_;
    return position(pace_, seconds, what_, 0, done, total_) +
           (done > 0 ? per_second(static_cast<double>(done), seconds, many_) : "");
}

ProgressLine::ProgressLine(std::FILE* stream, Shown shown, std::function<std::string(double)> text)
    : stream_(stream), text_(std::move(text)) {
    if (shown == Shown::yes) {
        thread_ = std::thread([this] { run(); });
    }
}

ProgressLine::~ProgressLine() {
    if (thread_.joinable()) {
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
}

ProgressLine::Shown ProgressLine::if_terminal(std::FILE* stream) {
    const char* term = std::getenv("TERM");
    const bool clears = term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
    return is_terminal(stream) && clears ? Shown::yes : Shown::no;
}

void ProgressLine::run() {
    const auto start = std::chrono::steady_clock::now();
    bool written = false;
    std::unique_lock lock(mutex_);
    auto wait = kFirst;
    while (!changed_.wait_for(lock, wait, [this] { return ended_; })) {
        wait = kPeriod;
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        // The last column stays free: some terminals go to the next line when it is written.
        const std::string line = text_(elapsed.count()).substr(0, terminal_width(stream_) - 1);
        std::fprintf(stream_, "\r%s\x1b[K", line.c_str());
        std::fflush(stream_);
        written = true;
    }
    if (written) {
        std::fputs("\r\x1b[K", stream_);
        std::fflush(stream_);
    }
}

}  // namespace cleave::cli
