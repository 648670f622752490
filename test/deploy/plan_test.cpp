// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/plan.hpp"

#include "cleave/deploy/quantise.hpp"
#include "cleave/deploy/run_plan.hpp"
#include "cleave/deploy/seeded.hpp"
#include "support/random_mappings.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// Times a step computes a layer: whole, or the two sides of its split.
void check_parts(const Scored& s, const Plan& plan) {
    std::map<LayerId, std::vector<LayerPart>> parts;
    for (const LayerPart& part : plan.parts) {
        REQUIRE(plan.step(part.step).device == part.device);
        parts[part.layer].push_back(part);
    }
    REQUIRE(parts.size() == s.network.layers().size() - 1);
    for (const auto& [layer, list] : parts) {
        const std::int64_t channels = s.network.output(layer).channels;
        if (list.size() == 1) {
            REQUIRE_FALSE(list[0].axis.has_value());
            REQUIRE(list[0].range == Range{0, channels});
            continue;
        }
        REQUIRE(list.size() == 2);
        REQUIRE(list[0].device == StepDevice::fpga);
        REQUIRE(list[1].device == StepDevice::gpu);
        REQUIRE(list[0].axis == list[1].axis);
        REQUIRE(list[0].range.first == 0);
        REQUIRE(list[1].range.first == list[0].range.count);
        const UnitId unit = s.units.unit_of(layer);
        const std::int64_t extent =
            s.units.is_head(layer) ? s.costing.split_extent(unit, list[0].axis.value()) : channels;
        REQUIRE(list[0].range.count + list[1].range.count == extent);
    }
}

void check_order(const Plan& plan) {
    std::map<StepDevice, Nanoseconds> free;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const PlanStep& step = plan.steps[i];
        for (const StepId before : step.depends_on) {
            REQUIRE(index(before) < i);
            const PlanStep& other = plan.step(before);
            REQUIRE(other.start + other.duration <= step.start);
        }
        // A device does one thing at a time. Steps that take no time may touch others.
        REQUIRE(free[step.device] <= step.start);
        free[step.device] = step.start + step.duration;
        REQUIRE(step.energy >= Picojoules{});
        REQUIRE_FALSE(step.inputs.empty());
        REQUIRE_FALSE(step.outputs.empty());
        for (const PlanTensorId id : step.inputs) {
            const PlanTensor& tensor = plan.tensor(id);
            std::optional<StepId> needed = tensor.from;
            if (step.device != StepDevice::link) {
                REQUIRE(std::find(tensor.to.begin(), tensor.to.end(), step_id(i)) != tensor.to.end());
                needed = tensor.crossing ? std::optional(tensor.crossing->step) : tensor.from;
            }
            if (needed) {
                REQUIRE(std::find(step.depends_on.begin(), step.depends_on.end(), *needed) !=
                        step.depends_on.end());
            }
        }
    }
}

void check_tensors(const Scored& s, const Plan& plan) {
    std::set<std::string> names;
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
        const PlanTensor& tensor = plan.tensors[i];
        REQUIRE(names.insert(tensor.name).second);
        REQUIRE(tensor.from.has_value() == (plan_tensor_id(i) != plan.inputs.front()));
        REQUIRE(tensor.to.empty() == (plan_tensor_id(i) == plan.outputs.front()));
        for (const StepId reader : tensor.to) {
            const bool on_fpga = plan.step(reader).device == StepDevice::fpga;
            REQUIRE(on_fpga == (tensor.crossing && tensor.crossing->direction == Direction::to_fpga));
        }
        if (tensor.crossing) {
            const Crossing& crossing = *tensor.crossing;
            REQUIRE(crossing.bits * tensor.shape.elements() == 8 * crossing.bytes);
            REQUIRE(plan.step(crossing.step).device == StepDevice::link);
            bytes += crossing.bytes;
        }
    }
    REQUIRE(bytes == s.score.link_bytes);
}

double difference(const Values& found, const Values& expected) {
    REQUIRE(found.size() == expected.size());
    double most = 0;
    double scale = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        most = std::max(most, std::abs(found[i] - expected[i]));
        scale = std::max(scale, std::abs(expected[i]));
    }
    return scale > 0 ? most / scale : most;
}

}  // namespace

TEST_CASE("a plan computes every layer once, in order, and sums to its score", "[deploy][plan]") {
    std::size_t beside = 0;
    const std::size_t count = for_random_mappings(300, 10, [&](const Scored& s) {
        const Plan plan = make_plan(s.costing, s.score);
        check_parts(s, plan);
        check_order(plan);
        check_tensors(s, plan);
        Picojoules energy = plan.standing_power * s.score.latency;
        Nanoseconds gpu;
        Nanoseconds end;
        for (const PlanStep& step : plan.steps) {
            energy += step.energy;
            gpu += step.device == StepDevice::gpu ? step.duration : Nanoseconds{};
            end = std::max(end, step.start + step.duration);
            beside += step.device == StepDevice::fpga &&
                              std::any_of(plan.steps.begin(), plan.steps.end(),
                                          [&](const PlanStep& other) {
                                              return other.device == StepDevice::gpu &&
                                                     other.start < step.start + step.duration &&
                                                     step.start < other.start + other.duration;
                                          })
                          ? 1
                          : 0;
        }
        REQUIRE(energy == s.score.energy);
        REQUIRE(end == s.score.latency);
        Nanoseconds busy;
        for (const ScoredStage& stage : s.score.stages) {
            busy += stage.gpu.time;
            for (const GroupCost& group : stage.groups) {
                busy += busy_of(group).gpu;
            }
        }
        // No idle time hides inside a step.
        REQUIRE(gpu == busy);
    });
    CHECK(count > 300);
    CHECK(beside > 50);
}

TEST_CASE("segments in floating point compute the network", "[deploy][plan][segment]") {
    std::size_t splits = 0;
    const std::size_t count = for_random_mappings(300, 25, [&](const Scored& s) {
        const Plan plan = make_plan(s.costing, s.score);
        const Parameters parameters = seeded_parameters(s.network, 7);
        const Values input = seeded_input(s.network.output(LayerId{}), 3);
        const Graph whole = whole_graph(s.network, parameters);
        const Values expected = execute(whole, {input}).front();
        const std::vector<Values> found = execute_plan(plan, segments(plan, s.units, parameters), input);
        REQUIRE(difference(found[index(plan.outputs.front())], expected) < 1e-6);
        splits += std::any_of(plan.parts.begin(), plan.parts.end(),
                              [](const LayerPart& p) { return p.axis.has_value(); })
                      ? 1
                      : 0;
    });
    CHECK(count > 100);
    CHECK(splits > 30);
}

TEST_CASE("segments in floating point round as the network does", "[deploy][plan][segment]") {
    std::size_t rounded = 0;
    std::size_t flipped = 0;
    const std::size_t count = for_random_mappings(300, 25, [&](const Scored& s) {
        const Plan plan = make_plan(s.costing, s.score);
        Parameters parameters = seeded_parameters(s.network, 7);
        const Values input = seeded_input(s.network.output(LayerId{}), 3);
        const Values exact = execute(whole_graph(s.network, parameters), {input}).front();
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            // A batch norm behind it may be computed in its weights.
            const auto& readers = s.network.readers(layer_id(i));
            const bool normalised = std::any_of(readers.begin(), readers.end(), [&](LayerId reader) {
                return std::holds_alternative<BatchNorm>(s.network.layer(reader).op);
            });
            if (i % 3 != 1 && !normalised) {
                parameters[i].codes = Codes{0.125F, -20, 12.0 + static_cast<double>(i)};
            }
        }
        const Graph whole = whole_graph(s.network, parameters);
        const Values expected = execute(whole, {input}).front();
        const std::vector<Values> found = execute_plan(plan, segments(plan, s.units, parameters), input);
        // Normalisation is in float32 where it is folded: now and then a number becomes the code beside.
        flipped += difference(found[index(plan.outputs.front())], expected) < 1e-6 ? 0 : 1;
        rounded += difference(exact, expected) > 1e-3 ? 1 : 0;
    });
    CHECK(count > 100);
    CHECK(rounded > 100);
    CHECK(flipped * 100 < count);
}

TEST_CASE("segments give out every result of a network", "[deploy][plan][segment]") {
    std::size_t from_fpga = 0;
    const std::size_t count = for_random_mappings(
        300, 25,
        [&](const Scored& s) {
            const Plan plan = make_plan(s.costing, s.score);
            const Parameters parameters = seeded_parameters(s.network, 7);
            const Values input = seeded_input(s.network, 3);
            const std::vector<Values> expected = execute(whole_graph(s.network, parameters), {input});
            const std::vector<Values> found = execute_plan(plan, segments(plan, s.units, parameters), input);
            REQUIRE(plan.outputs.size() == 2);
            REQUIRE(expected.size() == 2);
            for (std::size_t i = 0; i < 2; ++i) {
                const PlanTensor& tensor = plan.tensor(plan.outputs[i]);
                REQUIRE(tensor.layer == s.network.results()[i]);
                REQUIRE_FALSE(tensor.crossing.has_value());
                REQUIRE(difference(found[index(plan.outputs[i])], expected[i]) < 1e-6);
            }
            from_fpga += std::any_of(plan.parts.begin(), plan.parts.end(), [&](const LayerPart& part) {
                return part.device == StepDevice::fpga && s.network.is_result(part.layer);
            });
        },
        [](PlatformOptions&) {}, Outputs::several);
    CHECK(count > 100);
    CHECK(from_fpga > 30);
}

TEST_CASE("segments in fixed point stay near the network", "[deploy][plan][segment]") {
    std::size_t exact = 0;
    const std::size_t count = for_random_mappings(300, 25, [&](const Scored& s) {
        const Plan plan = make_plan(s.costing, s.score);
        const Parameters parameters = seeded_parameters(s.network, 7);
        const Values input = seeded_input(s.network.output(LayerId{}), 3);
        RangeMeter meter(s.network, parameters);
        const Values expected = meter.add(input).front();
        const FixedPointFormats formats = choose_formats(plan, s.units, parameters, meter.ranges());
        const std::vector<Graph> graphs = segments(plan, s.units, parameters, formats);
        const std::vector<Values> found = execute_plan(plan, graphs, input);
        for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
            REQUIRE(formats.tensors[i].has_value() == plan.tensors[i].crossing.has_value());
            for (const double value : found[i]) {
                REQUIRE((!plan.tensors[i].crossing || value == std::round(value)));
            }
        }
        const double error = difference(found[index(plan.outputs.front())], expected);
        REQUIRE(error < 0.5);
        exact += error == 0 ? 1 : 0;
    });
    CHECK(count > 100);
    // Only what stays on the GPU is exact.
    CHECK(exact < count / 2);
}
