// SPDX-License-Identifier: Apache-2.0
#include "peers.hpp"
#include "problems.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>

extern "C" char** environ;

namespace cleave::bench {
namespace {

/// Thousandths or millionths of a unit as a decimal without rounding.
std::string scaled(std::int64_t value, std::int64_t unit) {
    const int digits = unit == 1'000 ? 3 : 6;
    return fmt::format("{}.{:0{}}", value / unit, value % unit, digits);
}

template <class Value>
void add_sum(std::string& text, const SearchProblem& problem, const Value& value) {
    bool any = false;
    for (std::size_t i = 0; i < problem.arcs.size(); ++i) {
        const std::string number = value(problem.arcs[i]);
        if (!number.empty()) {
            fmt::format_to(std::back_inserter(text), "{}{} x{}\n", number.front() == '-' ? "" : "+", number,
                           i);
            any = true;
        }
    }
    text += any ? "" : "0 x0\n";
}

std::string linear_program(const SearchProblem& problem, std::int64_t most_time) {
    std::string text = "Minimize\nobj:\n";
    add_sum(text, problem, [](const SearchArc& a) { return scaled(a.energy, 1'000'000); });
    text += "Subject To\ntime:\n";
    add_sum(text, problem, [](const SearchArc& a) { return scaled(a.time, 1'000); });
    text += "<= " + scaled(most_time, 1'000) + "\n";
    for (std::size_t k = 0; k < kResourceKinds; ++k) {
        const bool used = std::any_of(problem.arcs.begin(), problem.arcs.end(),
                                      [&](const SearchArc& a) { return a.use[k] > 0; });
        if (used) {
            text += fmt::format("use{}:\n", k);
            add_sum(text, problem,
                    [&](const SearchArc& a) { return a.use[k] > 0 ? fmt::to_string(a.use[k]) : ""; });
            text += fmt::format("<= {}\n", problem.capacity[k]);
        }
    }
    // The flow out of a node less the flow into it.
    std::vector<std::string> flow(problem.nodes);
    for (std::size_t i = 0; i < problem.arcs.size(); ++i) {
        flow[problem.arcs[i].from] += fmt::format("+1 x{}\n", i);
        flow[problem.arcs[i].to] += fmt::format("-1 x{}\n", i);
    }
    for (std::size_t v = 0; v < problem.nodes; ++v) {
        if (!flow[v].empty()) {
            text += fmt::format("node{}:\n{}= {}\n", v, flow[v],
                                v == 0                   ? 1
                                : v + 1 == problem.nodes ? -1
                                                         : 0);
        }
    }
    text += "Binaries\n";
    for (std::size_t i = 0; i < problem.arcs.size(); ++i) {
        text += fmt::format("x{}\n", i);
    }
    return text + "End\n";
}

/// Runs a program of the search path with its output in a file. False if it failed.
bool run_program(std::vector<std::string> arguments, const std::string& log) {
    std::vector<char*> argv;
    for (std::string& a : arguments) {
        argv.push_back(a.data());
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child = 0;
    const int error = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    int status = 1;
    return error == 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

ProgramRun run_cbc(const SearchProblem& problem, std::int64_t most_time, double time_limit,
                   const std::string& folder) {
    const std::string program = folder + "/point.lp";
    const std::string solution = folder + "/point.txt";
    {
        std::ofstream(solution).close();
        std::ofstream file(program);
        file << linear_program(problem, most_time);
        if (!file.flush()) {
            throw std::runtime_error("cannot write " + program);
        }
    }
    ProgramRun run;
    const Stopwatch watch;
    const bool ran =
        run_program({"cbc", program, "-ratioGap", "0", "-allowableGap", "0", "-timeMode", "elapsed", "-sec",
                     fmt::format("{}", time_limit), "-solve", "-solution", solution},
                    folder + "/cbc.log");
    run.seconds = watch.seconds();
    std::ifstream file(solution);
    if (!ran || !std::getline(file, run.status)) {
        throw std::runtime_error("cbc could not be run, or wrote no solution");
    }
    std::int64_t time = 0;
    std::int64_t energy = 0;
    std::vector<std::size_t> chosen(problem.nodes, problem.arcs.size());
    std::string name;
    for (std::string line; std::getline(file, line);) {
        std::array<char, 64> variable{};
        double value = 0;
        const std::size_t start = line.find_first_not_of("* ");
        if (start == std::string::npos ||
            std::sscanf(line.c_str() + start, "%*d %63s %lf", variable.data(), &value) != 2 || value < 0.5) {
            continue;
        }
        const std::size_t arc = std::stoul(variable.data() + 1);
        chosen[problem.arcs.at(arc).from] = arc;
    }
    std::uint32_t node = 0;
    while (node + 1 < problem.nodes && chosen[node] < problem.arcs.size()) {
        const SearchArc& arc = problem.arcs[chosen[node]];
        time += arc.time;
        energy += arc.energy;
        node = arc.to;
    }
    if (node + 1 == problem.nodes) {
        run.time = time;
        run.energy = energy;
    }
    return run;
}

}  // namespace cleave::bench
