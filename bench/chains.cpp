// SPDX-License-Identifier: Apache-2.0
// How the exact search grows with the number of regions and options: a table of comma-separated values.
#include "problems.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <functional>
#include <string>

namespace cleave::bench {
namespace {

struct Row {
    std::string name;
    std::uint32_t regions = 0;
    std::uint32_t options = 0;
    double capacity = 1;
};

/// Of the second run of each row: a front within 1 %.
constexpr double kEpsilon = 0.01;

std::string_view name(Completeness completeness) {
    switch (completeness) {
        case Completeness::exact: return "exact";
        case Completeness::epsilon: return "epsilon";
        case Completeness::stopped: return "stopped";
    }
    return "";
}

struct Measured {
    SearchResult result;
    double seconds = 0;
};

Measured measure(const SearchProblem& problem, double time_limit, double epsilon) {
    const Stopwatch watch;
    SearchOptions options;
    options.should_stop = [&] { return watch.seconds() > time_limit; };
    options.epsilon = epsilon;
    SearchResult result = solve(problem, options);
    return {std::move(result), watch.seconds()};
}

std::string measure(const SearchProblem& problem, double time_limit) {
    // First, since what it holds is less and so does not show in the peak memory.
    const Measured near = measure(problem, time_limit, kEpsilon);
    const auto [result, seconds] = measure(problem, time_limit, 0);
    return fmt::format("{},{:.4f},{},{},{},{},{:.6g},{:.4f},{},{}", problem.arcs.size(), seconds,
                       result.counts.labels, result.counts.most_labels, result.front.size(),
                       name(result.completeness), result.gap.all, near.seconds, near.result.front.size(),
                       name(near.result.completeness));
}

/// Prints a row, measured in a process of its own so that its peak memory is its own. False if it failed.
bool run(const Row& row, double time_limit, const std::function<SearchProblem()>& make) {
    std::fflush(stdout);
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
        return false;
    }
    const pid_t child = ::fork();
    if (child == 0) {
        int status = 0;
        std::string text;
        try {
            text = measure(make(), time_limit);
        } catch (const std::exception& e) {
            std::fputs(fmt::format("bench_chains: {}: {}\n", row.name, e.what()).c_str(), stderr);
            status = 1;
        }
        const bool written = ::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size());
        ::_exit(written ? status : 1);
    }
    ::close(ends[1]);
    std::string text;
    std::array<char, 512> buffer{};
    for (ssize_t n = 0; child > 0 && (n = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
        text.append(buffer.data(), static_cast<std::size_t>(n));
    }
    ::close(ends[0]);
    int status = 1;
    rusage usage{};
    if (child < 0 || ::wait4(child, &status, 0, &usage) != child || status != 0) {
        return false;
    }
    fmt::print("{},{},{},{},{},{}\n", row.name, row.regions, row.options, row.capacity, text,
               1024 * usage.ru_maxrss);
    return true;
}

}  // namespace
}  // namespace cleave::bench

int main(int argc, char** argv) {
    using namespace cleave;
    using namespace cleave::bench;
    double time_limit = 20;
    bool quick = false;
    CLI::App app{"The exact search on generated chains and on larger FPGAs, as CSV on standard output"};
    app.add_option("--time-limit", time_limit, "seconds for each row");
    app.add_flag("--quick", quick, "only chains of up to 100 regions and 500 options");
    CLI11_PARSE(app, argc, argv);

    fmt::print(
        "name,regions,options,capacity,arcs,seconds,labels,most_labels,front,completeness,gap,"
        "epsilon_seconds,epsilon_front,epsilon_completeness,peak_bytes\n");
    bool good = true;
    for (const std::uint32_t regions : {10U, 100U, 1000U}) {
        for (const std::uint32_t options : {10U, 100U, 500U, 2000U}) {
            if (quick && (regions > 100 || options > 500)) {
                continue;
            }
            good &= run({"chain", regions, options, 1}, time_limit,
                        [&] { return chain(regions, options, 0.3, 1); });
        }
    }
    for (const char* network : {"mobilenet_v2_0.5", "mobilenet_v2_1.0"}) {
        for (const int factor : {1, 2, 4}) {
            good &= run({network, 0, 0, static_cast<double>(factor)}, time_limit, [&] {
                // What the preference of paths refers to is not kept: any path to a point will do here.
                SearchProblem problem = NetworkProblem(network).problem;
                problem.prefer = {};
                for (std::int64_t& capacity : problem.capacity) {
                    capacity *= factor;
                }
                return problem;
            });
        }
    }
    return good ? 0 : 1;
}
