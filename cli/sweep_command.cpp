// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/overview.hpp"
#include "cleave/sweep/run_cases.hpp"
#include "cleave/text/messages.hpp"
#include "commands.hpp"
#include "interrupt.hpp"
#include "progress.hpp"
#include "sweep_results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

namespace cleave::cli {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void refuse_part(const std::string& where, const std::string& message) {
    throw InputError(std::vector<Fault>{{where, 1, 1, "", message}});
}

std::optional<std::size_t> whole_number(const std::string& text) {
    std::size_t value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc() && read.ptr == end && !text.empty() ? std::optional(value) : std::nullopt;
}

Shard parse_shard(const std::string& text) {
    const std::size_t slash = text.find('/');
    const std::size_t index = whole_number(text.substr(0, slash)).value_or(0);
    const std::size_t count =
        whole_number(slash == std::string::npos ? "" : text.substr(slash + 1)).value_or(0);
    if (index < 1 || index > count) {
        refuse_part("--shard",
                    fmt::format("{} is no part of a sweep (I/N is needed, with I from 1 to N)", quote(text)));
    }
    return {index, count};
}

std::optional<std::size_t> environment_number(const char* name) {
    const char* text = std::getenv(name);
    if (text == nullptr) {
        return std::nullopt;
    }
    const std::optional<std::size_t> value = whole_number(text);
    if (!value) {
        refuse_part(name, fmt::format("{} is no whole number (--shard says which part to run)", quote(text)));
    }
    return value;
}

/// The part of an array job that this task is; nothing outside of one.
std::optional<Shard> shard_of_array_task() {
    const auto id = environment_number("SLURM_ARRAY_TASK_ID");
    const auto count = environment_number("SLURM_ARRAY_TASK_COUNT");
    if (!id || !count) {
        return std::nullopt;
    }
    const std::size_t least = environment_number("SLURM_ARRAY_TASK_MIN").value_or(1);
    const std::size_t step = environment_number("SLURM_ARRAY_TASK_STEP").value_or(1);
    const bool counts = step > 0 && *id >= least && (*id - least) % step == 0;
    if (!counts || (*id - least) / step >= *count) {
        refuse_part(
            "SLURM_ARRAY_TASK_ID",
            "the task identifiers of the array are not evenly spaced (--shard says which part to run)");
    }
    return Shard{(*id - least) / step + 1, *count};
}

/// A line on a terminal while `count` things are done.
class CountProgress {
public:
    CountProgress(const Session& session, const char* what, const char* many, std::size_t count)
        : line_(stderr, session.quiet ? ProgressLine::Shown::no : ProgressLine::if_terminal(stderr),
                [shown = CountLine(what, many, done, count)](double seconds) mutable {
                    return shown.text(seconds);
                }) {}

    std::atomic<std::uint64_t> done{0};

private:
    ProgressLine line_;
};

}  // namespace

int run_sweep(const SweepOptions& options, const Session& session) {
    const Clock::time_point start = Clock::now();
    const unsigned jobs =
        options.jobs != 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
    const Shard shard =
        !options.shard.empty() ? parse_shard(options.shard) : shard_of_array_task().value_or(Shard{});
    const SweepInput input{load_sweep(options.sweep), options.sweep, session.data_dirs, options.overrides};
    const std::vector<PreparedCase> prepared = [&] {
        CountProgress progress(session, "configuration", "configurations", input.sweep.cases.size());
        return prepare_cases(input, jobs, progress.done);
    }();
    const SweepListing listing = listing_of(input.sweep, prepared, shard);
    const std::string folder = options.output.empty() ? "out/" + input.sweep.name : options.output;

    const FolderLock lock(folder);
    const CaseStore store(folder);
    const auto groups = pending_groups(listing, prepared, store);
    store.put_files({{"sweep.json", sweep_json(listing)}});
    std::size_t pending = 0;
    for (const auto& group : groups) {
        pending += group.size();
    }
    const std::size_t finished = [&] {
        CountProgress progress(session, "case", "cases", pending);
        const InterruptWatch watch;
        run_groups(input, prepared, groups, jobs, store, InterruptWatch::interrupted, progress.done);
        return progress.done.load();
    }();
    if (finished < pending) {
        store.close();
        say(session,
            fmt::format("cleave: warning: ended with {} of {} cases still to do; the same command goes on",
                        pending - finished, pending));
        return kStopped;
    }
    const std::vector<CaseRecord> records = write_overview(folder, store, listing);
    print_overview(records, session);
    if (!session.quiet) {
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        const std::string part =
            shard == Shard{} ? "" : fmt::format(", shard {}/{}", shard.index, shard.count);
        std::fputs(
            fmt::format(
                "{} case{}{}: {} done now as {} exploration{}, {} before; {:.2f} s, {:.1f} cases/s on "
                "{} thread{}\n"
                "wrote {}/index.csv, report.md, summary.json and cases/\n",
                records.size(), records.size() == 1 ? "" : "s", part, pending, groups.size(),
                groups.size() == 1 ? "" : "s", records.size() - pending, seconds,
                static_cast<double>(pending) / std::max(seconds, 1e-9), jobs, jobs == 1 ? "" : "s", folder)
                .c_str(),
            stderr);
    }
    return exit_status(records);
}

}  // namespace cleave::cli
