// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/rtl_files.hpp"

#include "cleave/rtl/circuit_verilog.hpp"
#include "cleave/rtl/step_circuit.hpp"
#include "cleave/rtl/vendor_projects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace cleave {
namespace {

std::vector<std::int64_t> whole_numbers(const Values& values) {
    std::vector<std::int64_t> numbers;
    numbers.reserve(values.size());
    for (const double value : values) {
        numbers.push_back(std::llround(value));
    }
    return numbers;
}

/// Of names of modules.
std::string prefix_of(StepId step) { return fmt::format("s{:03}_", index(step)); }

/// All vectors of a tensor, one after the other.
std::string image_of(const CircuitPort& port, PlanTensorId tensor, const std::vector<TestVector>& vectors) {
    std::vector<std::int64_t> numbers;
    for (const TestVector& vector : vectors) {
        const std::vector<std::int64_t> frame = whole_numbers(vector.tensors[index(tensor)]);
        numbers.insert(numbers.end(), frame.begin(), frame.end());
    }
    return bench_image(port, numbers);
}

BundleFiles sources_of(const Costing& costing, const Plan& plan, StepId step, const Circuit& circuit,
                       Hertz clock, std::size_t vectors) {
    const Network& network = costing.graph().network();
    BundleFiles files;
    const std::string note =
        fmt::format("{}, step {}: {}", network.name(), index(step), step_title(network, plan, step));
    SourceFiles sources = circuit_files(circuit, note, prefix_of(step));
    SourceFiles projects =
        vendor_projects(sources, rtl_top(step), clock, costing.platform().fpga.model().part);
    for (auto& [name, text] : sources) {
        files.emplace_back(rtl_folder(step) + "/" + name, std::move(text));
    }
    files.emplace_back(rtl_folder(step) + "/bench.v", circuit_bench(circuit, vectors, prefix_of(step)));
    for (auto& [name, text] : projects) {
        files.emplace_back(rtl_folder(step) + "/" + name, std::move(text));
    }
    return files;
}

std::string image_name(StepId step, const char* which, std::size_t number) {
    return fmt::format("{}/{}_{}.hex", rtl_folder(step), which, number);
}

}  // namespace

MadeCircuits make_circuits(const Costing& costing, const Score& score, const Plan& plan,
                           const Parameters& parameters, const FixedPointFormats& formats,
                           std::size_t vectors) {
    const std::map<UnitId, UnitCircuit> units = unit_circuits(costing, score);
    MadeCircuits made;
    made.circuits.resize(plan.steps.size());
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        if (plan.steps[i].device != StepDevice::fpga) {
            continue;
        }
        try {
            const UnitCircuit& first = units.at(first_unit(plan.step(step_id(i))));
            Circuit circuit = step_circuit(plan, step_id(i), costing.graph(), parameters, formats, units);
            // Also says what a module cannot be made of.
            BundleFiles sources = sources_of(costing, plan, step_id(i), circuit, first.clock, vectors);
            const FrameClocks frames = frame_clocks(circuit, vectors);
            made.circuits[i] = {std::move(circuit),
                                first.clock,
                                static_cast<std::int64_t>(to_si(first.time).value() * first.clock.value()),
                                first.demand,
                                frames,
                                std::move(sources)};
        } catch (const std::invalid_argument& error) {
            made.refusals.push_back(fmt::format("step {}: {}", i, error.what()));
        }
    }
    return made;
}

std::string rtl_folder(StepId step) { return fmt::format("rtl/s{:03}", index(step)); }

std::string rtl_top(StepId step) { return prefix_of(step) + "top"; }

std::vector<std::string> rtl_file_names(StepId step, const StepCircuit& circuit) {
    std::vector<std::string> names;
    for (const auto& [name, text] : circuit.sources) {
        names.push_back(name);
    }
    for (std::size_t i = 0; i < circuit.circuit.inputs.size(); ++i) {
        names.push_back(image_name(step, "in", i));
    }
    for (std::size_t i = 0; i < circuit.circuit.outputs.size(); ++i) {
        names.push_back(image_name(step, "out", i));
    }
    return names;
}

BundleFiles rtl_images(const Plan& plan, StepId step, const StepCircuit& circuit,
                       const std::vector<TestVector>& vectors) {
    BundleFiles files;
    const PlanStep& planned = plan.step(step);
    for (std::size_t i = 0; i < circuit.circuit.inputs.size(); ++i) {
        files.emplace_back(image_name(step, "in", i),
                           image_of(circuit.circuit.inputs[i], planned.inputs[i], vectors));
    }
    for (std::size_t i = 0; i < circuit.circuit.outputs.size(); ++i) {
        files.emplace_back(image_name(step, "out", i),
                           image_of(circuit.circuit.outputs[i].port, planned.outputs[i], vectors));
    }
    return files;
}

}  // namespace cleave
