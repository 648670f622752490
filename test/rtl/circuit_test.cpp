// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/circuit_clocks.hpp"
#include "cleave/rtl/circuit_verilog.hpp"
#include "cleave/rtl/step_circuit.hpp"
#include "support/bundles.hpp"
#include "support/random_mappings.hpp"
#include "support/skip.hpp"
#include "support/verilog_bench.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

std::vector<std::int64_t> whole(const Values& values) {
    std::vector<std::int64_t> result;
    for (const double value : values) {
        result.push_back(std::llround(value));
    }
    return result;
}

/// Any hardware of these; nothing if there is none.
std::optional<HardwareChoice> pick_hardware(Random& random, const std::vector<LayerHardware>& all) {
    std::vector<HardwareChoice> choices;
    for (const LayerHardware& hardware : all) {
        choices.push_back(hardware.choice);
    }
    return choices.empty() ? std::nullopt : std::optional(random.pick(choices));
}

/// A run of any units next to each other, or a split of any, in any folds; nothing if it is no mapping.
std::optional<Mapping> random_mapping(Random& random, const Costing& costing, const StateSpace& states) {
    const UnitGraph& units = costing.graph();
    const auto count = static_cast<std::int64_t>(units.size());
    Mapping mapping;
    const std::int64_t first = random.between(0, count - 1);
    if (random.chance(25)) {
        const UnitId unit = unit_id(static_cast<std::size_t>(first));
        const SplitAxis axis =
            random.pick<SplitAxis>({SplitAxis::channels, SplitAxis::filters, SplitAxis::groups});
        const std::int64_t extent = costing.split_extent(unit, axis);
        if (extent < 2) {
            return std::nullopt;
        }
        const std::int64_t share = random.between(1, extent - 1);
        const auto hardware = pick_hardware(random, costing.hardware().of_split(unit, axis, share));
        if (!hardware) {
            return std::nullopt;
        }
        mapping.splits.push_back({units.unit(unit).head, axis, share});
        mapping.hardware.push_back({units.unit(unit).head, *hardware});
    } else {
        FpgaRun run;
        const std::int64_t last = random.between(first, std::min(count - 1, first + 7));
        for (std::int64_t i = first; i <= last; ++i) {
            const UnitId unit = unit_id(static_cast<std::size_t>(i));
            const auto hardware = pick_hardware(random, costing.hardware().of(unit));
            if (!hardware) {
                return std::nullopt;
            }
            run.push_back(units.unit(unit).head);
            mapping.hardware.push_back({run.back(), *hardware});
        }
        mapping.runs.push_back(run);
    }
    normalize(mapping);
    if (!check_mapping(costing, states, mapping).empty() || evaluate(costing, states, mapping).infeasible) {
        return std::nullopt;
    }
    return mapping;
}

/// Seeded ones, some filters of which repeat the one before them.
Parameters with_equal_filters(Random& random, const Network& network) {
    Parameters parameters = seeded_parameters(network, 1);
    for (std::size_t i = 1; i < parameters.size(); ++i) {
        const auto filters = filters_of(network.layer(layer_id(i)).op, network.input(layer_id(i)));
        std::vector<float>& weights = parameters[i].weights;
        for (std::int64_t n = 1; filters && n < filters->count; ++n) {
            if (random.chance(15)) {
                const auto before = weights.begin() + (n - 1) * filters->taps;
                std::copy_n(before, filters->taps, before + filters->taps);
            }
        }
    }
    return parameters;
}

/// Frames that a bench sends.
constexpr std::size_t kFrames = 2;

/// Files of a step's circuit with a bench for random numbers and what the step's graph makes of them; and
/// what the bench says without stalls, if bits and clocks are right: of all frames, and of the first alone.
struct StepBench {
    SourceFiles files;
    std::string all_frames;
    std::string one_frame;
};

StepBench bench_of(const MadeBundle& made, StepId step, std::uint32_t seed) {
    const Circuit circuit = step_circuit(made.plan, step, made.units, made.parameters, made.formats,
                                         unit_circuits(made.costing, made.score));
    SourceFiles files = circuit_files(circuit, "a step");
    files.emplace_back("bench.v", circuit_bench(circuit, kFrames));
    Random random(seed);
    std::vector<std::vector<std::int64_t>> in(circuit.inputs.size());
    std::vector<std::vector<std::int64_t>> out(circuit.outputs.size());
    for (std::size_t frame = 0; frame < kFrames; ++frame) {
        std::vector<Values> maps;
        for (std::size_t i = 0; i < in.size(); ++i) {
            Values& map = maps.emplace_back();
            for (std::int64_t k = 0; k < circuit.inputs[i].shape.elements(); ++k) {
                map.push_back(static_cast<double>(random.between(-128, 127)));
            }
            const auto numbers = whole(map);
            in[i].insert(in[i].end(), numbers.begin(), numbers.end());
        }
        const std::vector<Values> results = execute(made.graphs[index(step)], maps);
        for (std::size_t i = 0; i < out.size(); ++i) {
            const auto numbers = whole(results[i]);
            out[i].insert(out[i].end(), numbers.begin(), numbers.end());
        }
    }
    for (std::size_t i = 0; i < in.size(); ++i) {
        files.emplace_back("in_" + std::to_string(i) + ".hex", bench_image(circuit.inputs[i], in[i]));
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        files.emplace_back("out_" + std::to_string(i) + ".hex", bench_image(circuit.outputs[i].port, out[i]));
    }
    const FrameClocks clocks = frame_clocks(circuit, kFrames);
    const auto said = [](std::int64_t first, std::int64_t between) {
        return fmt::format("pass first {} between {}\n", first, between);
    };
    return {std::move(files), said(clocks.first, clocks.interval), said(clocks.single, 0)};
}

PlatformOptions roomy(Form form) {
    PlatformOptions options;
    options.form = form;
    options.capacity = {1'000'000, 10'000, 10'000};
    return options;
}

/// All units in one run, each in any of its folds.
Mapping one_run(Random& random, const Costing& costing) {
    Mapping mapping;
    FpgaRun run;
    for (std::size_t i = 0; i < costing.graph().size(); ++i) {
        const std::vector<LayerHardware>& all = costing.hardware().of(unit_id(i));
        run.push_back(costing.graph().unit(unit_id(i)).head);
        mapping.hardware.push_back({run.back(), pick_hardware(random, all).value()});
    }
    mapping.runs.push_back(run);
    normalize(mapping);
    return mapping;
}

/// What random networks have little of: average pools, several filters a channel, clamps and means of their
/// own.
/// @param inner  an average pool that does not count padding
Network every_operation(const Pool& inner) {
    Pool counted{PoolKind::average, square(3, 1, 1), false, true};
    Pool wide{PoolKind::max, square(2, 1, 1), false, false};
    wide.window.dilation_h = wide.window.dilation_w = 2;
    Conv dilated = conv_op(6, 3, 1, 2);
    dilated.window.dilation_h = dilated.window.dilation_w = 2;
    return Chain({3, 9, 8})
        .then("dilated", dilated)
        .then("a);endmodule//", Activation{ActivationKind::relu6})
        .then("counted", counted)
        .then("repeated", conv_op(12, 3, 2, 1, 6))
        .then("inner", inner)
        .then("relu", Activation{ActivationKind::relu})
        .then("shuffle", Shuffle{3})
        .then("left", Slice{0, 5})
        .add("right", Slice{5, 7}, {"shuffle"})
        .add("joined", Concat{}, {"right", "left"})
        .add("sum", Add{}, {"joined", "inner", "shuffle"})
        .then("`include \"x\" $finish;", wide)
        .then("mean", GlobalAveragePool{})
        .then("flat", Flatten{})
        .then("fc", FullyConnected{5, true})
        .build();
}

/// Bits, clocks and stalls; and, of the first few, what Verilator says.
void check_step(StepBench step, std::uint32_t seed) {
    SourceFiles& files = step.files;
    CHECK(run_bench(files, "") == step.all_frames);
    CHECK(run_bench(files, "+frames=1") == step.one_frame);
    CHECK(run_bench(files, "+stall=" + std::to_string(seed)).substr(0, 4) == "pass");
    if (seed <= 3 && has_verilator()) {
        std::erase_if(files, [](const auto& file) { return file.first == "bench.v"; });
        Bench bench;
        bench.files = std::move(files);
        CHECK(lint(bench) == "");
    }
}

/// Calls `check` with so many steps of random networks, in any hardware that they may have.
template <class Check>
void for_random_steps(std::size_t steps, Form form, const Check& check, std::uint32_t first_seed = 1) {
    std::size_t count = 0;
    for (std::uint32_t seed = first_seed; count < steps; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Network network = random_network(random, random.between(2, 4));
        const PlatformOptions options = roomy(form);
        const Platform platform = make_platform(options);
        const UnitGraph units(network);
        const auto mapping = random_mapping(random, Costing(units, platform), StateSpace(units));
        if (!mapping) {
            continue;
        }
        const MadeBundle made(network, *mapping, options, with_equal_filters(random, network));
        for (std::size_t i = 0; i < made.plan.steps.size(); ++i) {
            if (made.plan.steps[i].device == StepDevice::fpga) {
                ++count;
                check(bench_of(made, step_id(i), seed), seed);
            }
        }
    }
}

}  // namespace

TEST_CASE("circuits of steps compute what their graphs do, in the clocks that are predicted",
          "[rtl][circuit]") {
    if (!has_icarus()) {
        skip_case("iverilog is not installed");
        return;
    }
    for (const Form form : {Form::folded, Form::csd, Form::folded_beside_csd}) {
        CAPTURE(static_cast<int>(form));
        for_random_steps(40 / kFewer, form, [](const StepBench& bench, std::uint32_t seed) {
            CHECK(run_bench(bench.files, "") == bench.all_frames);
            CHECK(run_bench(bench.files, "+frames=1") == bench.one_frame);
            CHECK(run_bench(bench.files, "+stall=" + std::to_string(seed)).substr(0, 4) == "pass");
        });
    }
}

// scripts/check_circuits runs this, from a seed of its own each time; not part of the tests.
TEST_CASE("circuits of many steps compute what their graphs do", "[rtl][circuit][.many]") {
    const char* const wanted = std::getenv("CLEAVE_CIRCUITS");
    REQUIRE(wanted != nullptr);
    std::istringstream text(wanted);
    std::uint32_t first_seed = 0;
    std::size_t steps = 0;
    REQUIRE(text >> first_seed >> steps);
    const Form form = std::vector<Form>{Form::folded, Form::csd, Form::folded_beside_csd}[first_seed % 3];
    for_random_steps(
        steps, form,
        [](const StepBench& bench, std::uint32_t seed) {
            CHECK(run_bench(bench.files, "") == bench.all_frames);
            CHECK(run_bench(bench.files, "+stall=" + std::to_string(seed)).substr(0, 4) == "pass");
        },
        first_seed);
}

TEST_CASE("a circuit may have every operation that the FPGA has", "[rtl][circuit]") {
    if (!has_icarus()) {
        skip_case("iverilog is not installed");
        return;
    }
    for (const Form form : {Form::folded, Form::csd, Form::folded_beside_csd}) {
        CAPTURE(static_cast<int>(form));
        // Folded pools may have windows that begin beside the map.
        const Network network =
            every_operation(form == Form::folded ? Pool{PoolKind::average, square(2, 2, 1), true, false}
                                                 : Pool{PoolKind::average, square(3, 2, 1), false, false});
        const UnitGraph units(network);
        const Platform platform = make_platform(roomy(form));
        const Costing costing(units, platform);
        // Mapped directly, each layer has one hardware.
        const std::uint32_t ways = form == Form::csd ? 1 : form == Form::folded ? 10 / kFewer : 2;
        for (std::uint32_t seed = 1; seed <= ways; ++seed) {
            CAPTURE(seed);
            Random random(seed);
            const MadeBundle made(network, one_run(random, costing), roomy(form));
            std::size_t steps = 0;
            for (std::size_t i = 0; i < made.plan.steps.size(); ++i) {
                if (made.plan.steps[i].device == StepDevice::fpga) {
                    ++steps;
                    check_step(bench_of(made, step_id(i), seed), seed);
                }
            }
            CHECK(steps == 1);
        }
    }
}

TEST_CASE("a step forgets a frame that a reset of one clock breaks off", "[rtl][circuit]") {
    if (!has_icarus()) {
        skip_case("iverilog is not installed");
        return;
    }
    for (const Form form : {Form::folded, Form::csd}) {
        CAPTURE(static_cast<int>(form));
        for_random_steps(60 / kFewer, form, [](StepBench step, std::uint32_t seed) {
            std::string& bench = std::find_if(step.files.begin(), step.files.end(), [](const auto& file) {
                                     return file.first == "bench.v";
                                 })->second;
            const std::string begin = "@(negedge aclk) aresetn = 1;\n";
            std::string again = fmt::format("        repeat ({}) @(posedge aclk);\n", 40 + 61 * (seed % 5)) +
                                "        @(negedge aclk) aresetn = 0;\n"
                                "        @(negedge aclk) aresetn = 1;\n"
                                "        begun = 0; now = 0; first_done = 0; last_done = 0;\n";
            for (const char* const counter : {"sent", "got"}) {
                for (std::size_t i = 0;
                     bench.find(fmt::format("integer {}_{} = 0", counter, i)) != std::string::npos; ++i) {
                    again += fmt::format("        {}_{} = 0;\n", counter, i);
                }
            }
            const std::size_t at = bench.find(begin);
            REQUIRE(at != std::string::npos);
            bench.insert(at + begin.size(), again);
            CHECK(run_bench(step.files, "") == step.all_frames);
        });
    }
}

TEST_CASE("Verilator has nothing to say about circuits of steps", "[rtl][circuit][lint]") {
    if (!has_verilator()) {
        skip_case("verilator is not installed");
        return;
    }
    for (const Form form : {Form::folded, Form::csd}) {
        CAPTURE(static_cast<int>(form));
        for_random_steps(15, form, [](StepBench step, std::uint32_t) {
            SourceFiles& files = step.files;
            std::erase_if(files, [](const auto& file) { return file.first == "bench.v"; });
            Bench bench;
            bench.files = std::move(files);
            CHECK(lint(bench) == "");
        });
    }
}

TEST_CASE("a bench notices a wrong number, and what is missing", "[rtl][circuit]") {
    if (!has_icarus()) {
        skip_case("iverilog is not installed");
        return;
    }
    bool hung = false;
    for_random_steps(3, Form::folded, [&hung](StepBench step, std::uint32_t) {
        SourceFiles& files = step.files;
        const auto find = [&](const std::string& name) {
            return std::find_if(files.begin(), files.end(),
                                [&](const auto& file) { return file.first == name; });
        };
        std::string& expected = find("out_0.hex")->second;
        const SourceFiles right = files;
        CHECK(run_bench(files, "+frames=3") == "fail: +frames is not 1 to 2\n");
        CHECK(run_bench(files, "+frames=0") == "fail: +frames is not 1 to 2\n");
        expected[0] = expected[0] == '0' ? '1' : '0';
        CHECK(run_bench(files, "").substr(0, 4) == "fail");
        if (hung) {
            return;  // what hangs is simulated for long: once is enough
        }
        hung = true;
        files = right;
        std::string& top = find("top.v")->second;
        const std::string valid = "s_axis_0_tvalid & ~rst";
        top.replace(top.find(valid), valid.size(), "1'b0");
        CHECK(run_bench(files, "").substr(0, 4) == "hang");
    });
}
