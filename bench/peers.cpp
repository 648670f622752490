// SPDX-License-Identifier: Apache-2.0
// The exact search against other ways to the same front, each on one core.
#include "peers.hpp"

#include "problems.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace cleave::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Settings {
    std::vector<std::string> networks = network_names();
    std::string implementation = "dhm-csd";
    std::string output;
    std::string folder = ".";
    double cap = 20;
    std::size_t points = 3;
    double profile = 0;
};

constexpr double kWantedShare = 0.99;
constexpr unsigned kSeeds = 3;
constexpr double kMostRatio = 100;
constexpr std::uint64_t kMostLabels = 5'000'000;

/// Fronts of foldings are found within this, as the configurations that ship ask for.
constexpr double kFoldedEpsilon = 0.01;

double epsilon_of(const SearchProblem& problem) { return problem.lanes.empty() ? 0 : kFoldedEpsilon; }

SearchResult solve_one_thread(const SearchProblem& problem) {
    SearchOptions options;
    options.threads = 1;
    options.epsilon = epsilon_of(problem);
    return solve(problem, options);
}

double median_seconds(const SearchProblem& problem) {
    std::array<double, 3> seconds{};
    for (double& s : seconds) {
        const Stopwatch watch;
        if (solve_one_thread(problem).front.empty()) {
            throw std::runtime_error("no path is feasible");
        }
        s = watch.seconds();
    }
    std::sort(seconds.begin(), seconds.end());
    return seconds[1];
}

/// The path that uses nothing and is the fastest of those: what the front is to improve on.
std::pair<std::int64_t, std::int64_t> without_resources(SearchProblem problem) {
    problem.capacity.fill(0);
    const SearchResult result = solve_one_thread(problem);
    return {result.front.front().time, result.front.front().energy};
}

/// The front's worst in both objectives, and a tenth of its extent beyond; for a single point the best path
/// without resources, or a hundredth beyond the point if that is no worse.
Area area_of(const SearchProblem& problem, const std::vector<SearchPoint>& front) {
    const SearchPoint& fast = front.front();
    const SearchPoint& slow = front.back();
    if (front.size() > 1) {
        return {slow.time + 1 + (slow.time - fast.time) / 10,
                fast.energy + 1 + (fast.energy - slow.energy) / 10};
    }
    const auto [time, energy] = without_resources(problem);
    return {std::max(time, fast.time + fast.time / 100), std::max(energy, fast.energy + fast.energy / 100)};
}

/// Some points of the front, spread evenly.
std::vector<const SearchPoint*> sample(const std::vector<SearchPoint>& front, std::size_t most) {
    const std::size_t count = std::min(most, front.size());
    std::vector<const SearchPoint*> points;
    for (std::size_t i = 0; i < count; ++i) {
        points.push_back(&front[(2 * i + 1) * front.size() / (2 * count)]);
    }
    return points;
}

std::string ratio_text(double ratio) {
    return ratio >= 10 ? fmt::format("{:.0f}x", ratio) : fmt::format("{:.1f}x", ratio);
}

void add_genetic(Json& row, std::string& cells, const SearchProblem& problem, const SearchResult& exact,
                 double seconds, const Settings& settings) {
    const Area area = area_of(problem, exact.front);
    std::vector<std::pair<std::int64_t, std::int64_t>> points;
    for (const SearchPoint& p : exact.front) {
        points.emplace_back(p.time, p.energy);
    }
    const double whole = area.of(std::move(points));
    for (const unsigned population : {200U, 1000U}) {
        std::vector<GeneticRun> runs;
        for (unsigned seed = 1; seed <= kSeeds; ++seed) {
            runs.push_back(run_nsga2(problem, area, whole, population, seed, kWantedShare,
                                     std::min(settings.cap, kMostRatio * seconds)));
            Json course = Json::array();
            for (const GeneticRun::Moment& m : runs.back().course) {
                course.push_back({m.seconds, m.share});
            }
            row["nsga2"].push_back({{"population", population},
                                    {"seed", seed},
                                    {"share", runs.back().share},
                                    {"seconds", runs.back().seconds},
                                    {"evaluations", runs.back().evaluations},
                                    {"hypervolume_over_time", std::move(course)}});
        }
        std::sort(runs.begin(), runs.end(), [](const GeneticRun& a, const GeneticRun& b) {
            return std::pair(-a.share, a.seconds) < std::pair(-b.share, b.seconds);
        });
        const GeneticRun& median = runs[runs.size() / 2];
        cells += fmt::format(" {:.1f} % at {} ({:.1f} to {:.1f} %), {:.0f} k/s |", 100 * median.share,
                             ratio_text(median.seconds / seconds), 100 * runs.back().share,
                             100 * runs.front().share,
                             static_cast<double>(median.evaluations) / median.seconds / 1e3);
    }
}

/// Whether a front has a point within its epsilon of one that is feasible.
bool is_near(const SearchProblem& problem, const std::vector<SearchPoint>& front, std::int64_t time,
             std::int64_t energy) {
    const double factor = (1 + epsilon_of(problem)) * (1 + 1e-12);
    return std::any_of(front.begin(), front.end(), [&](const SearchPoint& p) {
        return static_cast<double>(p.time) <= factor * static_cast<double>(time) &&
               static_cast<double>(p.energy) <= factor * static_cast<double>(energy);
    });
}

void add_programs(Json& row, std::string& cells, const SearchProblem& problem, const SearchResult& exact,
                  double seconds, const Settings& settings) {
    double sum = 0;
    std::size_t same = 0;
    std::size_t late = 0;
    const auto points = sample(exact.front, settings.points);
    for (const SearchPoint* point : points) {
        const ProgramRun run = run_cbc(problem, point->time, settings.cap, settings.folder);
        Json entry{{"seconds", run.seconds}, {"status", run.status}, {"most_time", point->time}};
        if (run.energy) {
            entry["time"] = *run.time;
            entry["energy_error"] =
                static_cast<double>(*run.energy - point->energy) / static_cast<double>(point->energy);
        }
        const bool equal = run.energy && (epsilon_of(problem) > 0
                                              ? is_near(problem, exact.front, *run.time, *run.energy)
                                              : *run.energy == point->energy && *run.time <= point->time);
        entry["same"] = equal;
        same += equal ? 1 : 0;
        late += run.status.rfind("Stopped", 0) == 0 ? 1 : 0;
        if (run.status.rfind("Stopped", 0) != 0 && !equal) {
            throw std::runtime_error("CBC and the exact search disagree about a point: " + run.status);
        }
        sum += run.seconds;
        row["cbc"].push_back(entry);
    }
    const double each = sum / static_cast<double>(std::max<std::size_t>(1, points.size()));
    const double ratio = each * static_cast<double>(exact.front.size()) / seconds;
    row["cbc_ratio_whole_front"] = ratio;
    cells += fmt::format(" {} of {} same, {:.2f} s a point{}, {} |", same, points.size(), each,
                         late > 0 ? fmt::format(" ({} stopped)", late) : "",
                         (late > 0 ? ">" : "") + ratio_text(ratio));
}

void add_labels(Json& row, std::string& cells, const SearchProblem& problem, const SearchResult& exact,
                double seconds, const Settings& settings) {
    const LabelRun run = run_label_setting(problem, settings.cap, kMostLabels);
    row["label_setting"] = {{"seconds", run.seconds},
                            {"ratio", run.seconds / seconds},
                            {"labels", run.labels},
                            {"front", run.front.size()},
                            {"stopped_at", run.stopped_at}};
    const bool same =
        epsilon_of(problem) > 0
            ? std::all_of(run.front.begin(), run.front.end(),
                          [&](const auto& p) { return is_near(problem, exact.front, p.first, p.second); })
            : std::equal(run.front.begin(), run.front.end(), exact.front.begin(), exact.front.end(),
                         [](const auto& a, const SearchPoint& b) {
                             return a.first == b.time && a.second == b.energy;
                         });
    if (run.stopped_at.empty() && !same) {
        throw std::runtime_error("label setting and the exact search disagree about the front");
    }
    cells += run.stopped_at.empty()
                 ? fmt::format(" {} |", ratio_text(run.seconds / seconds))
                 : fmt::format(" stopped at {}, >{} |", run.stopped_at, ratio_text(run.seconds / seconds));
}

Json compare(const std::string& name, const Settings& settings) {
    const NetworkProblem network(name, settings.implementation);
    const SearchProblem& problem = network.problem;
    const SearchResult exact = solve_one_thread(problem);
    if (exact.front.empty()) {
        throw std::runtime_error(name + ": no path is feasible");
    }
    const double seconds = median_seconds(problem);
    Json row{{"network", name},
             {"implementation", settings.implementation},
             {"design_points", network.graph.count()},
             {"nodes", problem.nodes},
             {"arcs", problem.arcs.size()},
             {"front", exact.front.size()},
             {"seconds", seconds},
             {"labels", exact.counts.labels},
             {"candidates", exact.counts.candidates},
             {"candidates_per_second", static_cast<double>(exact.counts.candidates) / seconds}};
    std::string cells =
        fmt::format("| {} | {} | {} | {:.3f} s | {:.2f} M/s |", name, problem.arcs.size(), exact.front.size(),
                    seconds, static_cast<double>(exact.counts.candidates) / seconds / 1e6);
    add_genetic(row, cells, problem, exact, seconds, settings);
    add_programs(row, cells, problem, exact, seconds, settings);
    add_labels(row, cells, problem, exact, seconds, settings);
    fmt::print("{}\n", cells);
    std::fflush(stdout);
    return row;
}

/// Nothing but the exact search, again and again, for a profiler to watch.
void repeat(const Settings& settings) {
    const NetworkProblem network(settings.networks.front(), settings.implementation);
    const Stopwatch watch;
    do {
        if (solve_one_thread(network.problem).front.empty()) {
            throw std::runtime_error("no path is feasible");
        }
    } while (watch.seconds() < settings.profile);
}

void run(const Settings& settings) {
    if (settings.profile > 0) {
        repeat(settings);
        return;
    }
    fmt::print("Implementation {}, one core each, at most {:.0f} s each.\n\n", settings.implementation,
               settings.cap);
    fmt::print(
        "| network | options | front | cleave | candidates | NSGA-II, population 200 | NSGA-II, "
        "population 1,000 | CBC, whole front | labels without bounds |\n|---|---|---|---|---|---|---|---|"
        "---|\n");
    Json rows = Json::array();
    for (const std::string& name : settings.networks) {
        rows.push_back(compare(name, settings));
        if (!settings.output.empty()) {
            std::ofstream file(settings.output);
            file << rows.dump(2) << "\n";
            if (!file.flush()) {
                throw std::runtime_error("cannot write " + settings.output);
            }
        }
    }
}

}  // namespace
}  // namespace cleave::bench

int main(int argc, char** argv) {
    cleave::bench::Settings settings;
    CLI::App app{"The exact search against NSGA-II, CBC and plain label setting"};
    app.add_option("--network", settings.networks, "only these")
        ->check(CLI::IsMember(cleave::bench::network_names()));
    app.add_option("--implementation", settings.implementation, "of the FPGA")
        ->check(CLI::IsMember({"dhm-csd", "dhm-2021", "folded", "[folded, dhm-csd]"}));
    app.add_option("--cap", settings.cap, "most seconds for each peer, or point of one")
        ->check(CLI::PositiveNumber);
    app.add_option("--points", settings.points, "most points of a front for CBC")->check(CLI::PositiveNumber);
    app.add_option("--folder", settings.folder, "for programs and solutions of CBC")
        ->check(CLI::ExistingDirectory);
    app.add_option("-o", settings.output, "results as JSON");
    app.add_option("--profile", settings.profile,
                   "instead repeat the exact search of the first network for this many seconds");
    CLI11_PARSE(app, argc, argv);
    try {
        cleave::bench::run(settings);
    } catch (const std::exception& e) {
        std::fputs(fmt::format("bench_peers: {}\n", e.what()).c_str(), stderr);
        return 1;
    }
    return 0;
}
