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
    int capacity = 1;
};

std::string_view name(Completeness completeness) {
    switch (completeness) {
        case Completeness::exact: return "exact";
        case Completeness::epsilon: return "epsilon";
        case Completeness::stopped: return "stopped";
    }
    return "";
}

using MakeProblem = std::function<SearchProblem()>;

/// What one solve was, as columns; the caller adds the peak memory.
std::string measure(const SearchProblem& problem, double time_limit, double epsilon) {
    const Stopwatch watch;
    SearchOptions options;
    options.should_stop = [&] { return watch.seconds() > time_limit; };
    options.epsilon = epsilon;
    const SearchResult result = solve(problem, options);
    return fmt::format("{},{},{:.4f},{},{},{},{},{:.6g}", epsilon, problem.arcs.size(), watch.seconds(),
                       result.counts.labels, result.counts.most_labels, result.front.size(),
                       name(result.completeness), result.gap.all);
}

/// Prints a row, measured in a process of its own so that its peak memory is its own. False if it failed.
bool run(const Row& row, double time_limit, double epsilon, const MakeProblem& make) {
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
            text = measure(make(), time_limit, epsilon);
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

/// The exact front, then one within 1 %.
bool run_both(const Row& row, double time_limit, const MakeProblem& make) {
    const bool exact = run(row, time_limit, 0, make);
    return run(row, time_limit, 0.01, make) && exact;
}

/// What the preference of paths refers to is not kept: any path to a point will do here.
SearchProblem network_problem(const std::string& name, const std::string& implementation,
                              std::int64_t factor) {
    SearchProblem problem = NetworkProblem(name, implementation, factor).problem;
    problem.prefer = {};
    return problem;
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
        "name,regions,options,capacity,epsilon,arcs,seconds,labels,most_labels,front,completeness,gap,"
        "peak_bytes\n");
    bool good = true;
    for (const std::uint32_t regions : {10U, 100U, 1000U}) {
        for (const std::uint32_t options : {10U, 100U, 500U, 2000U}) {
            if (quick && (regions > 100 || options > 500)) {
                continue;
            }
            good &= run_both({"chain", regions, options, 1}, time_limit,
                             [&] { return chain(regions, options, 0.3, 1); });
        }
    }
    for (const char* network : {"mobilenet_v2_0.5", "mobilenet_v2_1.0"}) {
        for (const int factor : {1, 2, 4}) {
            good &= run_both({network, 0, 0, factor}, time_limit,
                             [&] { return network_problem(network, "dhm-csd", factor); });
        }
    }
    for (const char* network : {"mobilenet_v2_0.5", "shufflenet_v2_0.5", "shufflenet_v2_1.0"}) {
        good &= run_both({network + std::string(" dhm-2021"), 0, 0, 1}, time_limit,
                         [&] { return network_problem(network, "dhm-2021", 1); });
    }
    // An exact front takes too long with foldings.
    for (const std::string& network : network_names()) {
        good &= run({network + " folded + dhm-csd", 0, 0, 1}, time_limit, 0.01,
                    [&] { return network_problem(network, "[folded, dhm-csd]", 1); });
    }
    return good ? 0 : 1;
}
