// SPDX-License-Identifier: Apache-2.0
#include "problems.hpp"

#include <cmath>
#include <random>

namespace cleave::bench {
namespace {

ExploreConfig load(const std::string& name, const std::string& implementation, std::int64_t capacity_factor) {
    const std::string root = CLEAVE_SOURCE_DATA_DIR;
    const std::string file = root + "/configs/" + name + ".yaml";
    ConfigOptions options{
        {root}, {"search.share_step=1", "resources.scope=network", "fpga.implementation=" + implementation}};
    ExploreConfig config = load_explore_config(file, options);
    if (capacity_factor == 1) {
        return config;
    }
    const Resources& capacity = config.request.platform.fpga.capacity();
    const auto add = [&](const char* resource, std::int64_t amount) {
        options.overrides.push_back("fpga.capacity." + std::string(resource) + "=" +
                                    std::to_string(capacity_factor * amount));
    };
    add("alm", capacity.alm);
    add("dsp", capacity.dsp);
    add("m20k", capacity.m20k);
    return load_explore_config(file, options);
}

/// The standard's distributions differ between libraries; this does not.
class Draws {
public:
    explicit Draws(std::uint64_t seed) : engine_(seed) {}
    [[nodiscard]] double between(double low, double high) {
        return low + (high - low) * std::ldexp(static_cast<double>(engine_() >> 11), -53);
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace

NetworkProblem::NetworkProblem(const std::string& name, const std::string& implementation,
                               std::int64_t capacity_factor)
    : config(load(name, implementation, capacity_factor)),
      units(config.request.network),
      states(units),
      costing(units, config.request.platform),
      options(generate_options(costing, states, config.request.space, 0)),
      graph(costing, states, options, std::nullopt),
      problem(graph.problem(StageGraph::Capacity::limited)) {}

const std::vector<std::string>& network_names() {
    static const std::vector<std::string> names{"squeezenet_1.0",   "squeezenet_1.1",    "mobilenet_v2_0.5",
                                                "mobilenet_v2_1.0", "shufflenet_v2_0.5", "shufflenet_v2_1.0"};
    return names;
}

SearchProblem chain(std::uint32_t regions, std::uint32_t options, double capacity_share, std::uint64_t seed) {
    Draws draws(seed);
    SearchProblem problem;
    problem.nodes = regions + 1;
    double largest_use = 0;
    for (std::uint32_t r = 0; r < regions; ++r) {
        const double time = draws.between(5e4, 5e5);
        const double energy = time * draws.between(3, 8);
        const double alm = draws.between(1e3, 1e4);
        const double faster = draws.between(0.3, 0.9);
        const double cheaper = draws.between(0.3, 0.8);
        largest_use += alm;
        for (std::uint32_t j = 0; j < options; ++j) {
            const double share = options > 1 ? static_cast<double>(j) / (options - 1) : 0;
            SearchArc arc;
            arc.from = r;
            arc.to = r + 1;
            arc.time = std::llround(time * (1 - faster * share) * draws.between(0.95, 1.05));
            arc.energy = std::llround(energy * (1 - cheaper * share) * draws.between(0.95, 1.05));
            arc.use[0] = std::llround(alm * share);
            problem.arcs.push_back(arc);
        }
    }
    problem.capacity[0] = std::llround(capacity_share * largest_use);
    return problem;
}

}  // namespace cleave::bench
