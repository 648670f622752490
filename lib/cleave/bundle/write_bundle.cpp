// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/write_bundle.hpp"

#include "cleave/bundle/rtl_files.hpp"
#include "cleave/bundle/write_graph.hpp"
#include "cleave/text/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

namespace cleave {
namespace {

template <class Word>
void append(std::string& bytes, Word word) {
    for (std::size_t i = 0; i < sizeof(Word); ++i) {
        bytes += static_cast<char>(static_cast<unsigned char>(word & 0xFFU));
        if constexpr (sizeof(Word) > 1) {
            word = static_cast<Word>(word >> 8U);
        }
    }
}

std::int32_t whole_number(double value, double least, double most) {
    if (!(value >= least && value <= most) || value != std::nearbyint(value)) {
        throw std::invalid_argument(fmt::format("{} is no whole number from {} to {}", value, least, most));
    }
    return static_cast<std::int32_t>(value);
}

}  // namespace

std::int64_t count_rounded(const Parameters& parameters) {
    return std::count_if(parameters.begin(), parameters.end(),
                         [](const LayerParameters& layer) { return layer.codes.has_value(); });
}

std::string step_title(const Network& network, const Plan& plan, StepId id) {
    const PlanStep& step = plan.step(id);
    if (step.device == StepDevice::link) {
        const PlanTensor& tensor = plan.tensor(step.inputs.front());
        return fmt::format("{} {}", tensor.crossing->direction == Direction::to_fpga ? "down:" : "up:",
                           network.layer(tensor.layer).name);
    }
    std::vector<LayerId> layers;
    for (const LayerPart& part : plan.parts) {
        if (part.step == id) {
            layers.push_back(part.layer);
        }
    }
    if (layers.empty()) {
        return "convert";
    }
    const std::string& first = network.layer(layers.front()).name;
    return layers.size() == 1 ? first : fmt::format("{} ... {}", first, network.layer(layers.back()).name);
}

std::string step_file_name(const Plan& plan, StepId step) {
    return fmt::format("steps/s{:03}_{}.onnx", index(step), name_of(plan.step(step).device));
}

std::string vector_file_name(const Plan& plan, std::size_t vector, PlanTensorId tensor) {
    return fmt::format("vectors/{}/{}.bin", vector, plan.tensor(tensor).name);
}

std::string float_output_name(std::size_t vector, std::size_t output) {
    return output == 0 ? fmt::format("vectors/{}/float_output.bin", vector)
                       : fmt::format("vectors/{}/float_output_{}.bin", vector, output);
}

std::string raw_bytes(const Values& values, TensorType type) {
    std::string bytes;
    for (const double value : values) {
        switch (type) {
            case TensorType::float32:
                append(bytes, std::bit_cast<std::uint32_t>(static_cast<float>(value)));
                break;
            case TensorType::int8:
                append(bytes, static_cast<std::uint8_t>(whole_number(value, -128, 127)));
                break;
            case TensorType::int32:
                append(bytes, static_cast<std::uint32_t>(whole_number(value, -2147483648.0, 2147483647.0)));
                break;
        }
    }
    return bytes;
}

std::vector<std::string> undeployable(const Network& network, const Parameters& parameters,
                                      const Platform& platform, const Plan& plan) {
    std::vector<std::string> faults;
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        const Layer& layer = network.layer(layer_id(i));
        const auto* other = std::get_if<Other>(&layer.op);
        if (other != nullptr && parameters[i].copied.empty()) {
            faults.push_back(fmt::format(
                "layer '{}' is an operation without a model ({}), and there are no nodes to copy for it (an "
                "ONNX model has them, from opset 7 on: --model)",
                layer.name, other->type));
        }
        if (const auto* pool = std::get_if<Pool>(&layer.op);
            pool != nullptr && pool->kind == PoolKind::average &&
            (pool->window.dilation_h != 1 || pool->window.dilation_w != 1)) {
            faults.push_back(fmt::format(
                "layer '{}' is average pooling with dilation, which a bundle cannot hold (opset 13 lacks it)",
                layer.name));
        }
    }
    const bool uses_fpga = std::any_of(plan.steps.begin(), plan.steps.end(),
                                       [](const PlanStep& step) { return step.device == StepDevice::fpga; });
    const Fpga& fpga = platform.fpga;
    const Implementation& implementation = fpga.implementation(fpga.implementations().front().number);
    if (uses_fpga && implementation.bits != 8) {
        faults.push_back(fmt::format("implementation '{}' computes in {} bits; a bundle holds 8-bit numbers",
                                     implementation.name, implementation.bits));
    }
    return faults;
}

std::vector<std::string> bundle_file_names(const Bundle& bundle) {
    const Plan& plan = bundle.plan;
    const std::size_t vectors = bundle.vectors.size();
    std::vector<std::string> names;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        if (plan.steps[i].device != StepDevice::link) {
            names.push_back(step_file_name(plan, step_id(i)));
        }
    }
    names.insert(names.end(), {"schedule.json", "trtexec.sh"});
    for (std::size_t v = 0; v < vectors; ++v) {
        for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
            if (is_recorded(plan, plan_tensor_id(i), v)) {
                names.push_back(vector_file_name(plan, v, plan_tensor_id(i)));
            }
        }
        for (std::size_t i = 0; plan.copied.empty() && i < plan.outputs.size(); ++i) {
            names.push_back(float_output_name(v, i));
        }
    }
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        if (const StepCircuit* circuit = bundle.circuit(step_id(i))) {
            const std::vector<std::string> own = rtl_file_names(step_id(i), *circuit);
            names.insert(names.end(), own.begin(), own.end());
        }
    }
    names.insert(names.end(), {"mapping.yaml", "network.yaml", "platform.yaml"});
    return names;
}

BundleFiles bundle_files(const Bundle& bundle) {
    const Plan& plan = bundle.plan;
    BundleFiles files;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        if (plan.steps[i].device != StepDevice::link) {
            files.emplace_back(step_file_name(plan, step_id(i)), write_onnx(onnx_of(bundle.graphs[i])));
        }
    }
    files.emplace_back("schedule.json", schedule_json(bundle.units.network(), plan));
    files.emplace_back("trtexec.sh", trtexec_script(plan));
    for (std::size_t v = 0; v < bundle.vectors.size(); ++v) {
        for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
            const PlanTensorId id = plan_tensor_id(i);
            if (is_recorded(plan, id, v)) {
                files.emplace_back(vector_file_name(plan, v, id),
                                   raw_bytes(bundle.vectors[v].tensors[i], stored_type(plan.tensors[i])));
            }
        }
        for (std::size_t i = 0; plan.copied.empty() && i < plan.outputs.size(); ++i) {
            files.emplace_back(float_output_name(v, i),
                               raw_bytes(bundle.vectors[v].float_outputs[i], TensorType::float32));
        }
    }
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        if (const StepCircuit* circuit = bundle.circuit(step_id(i))) {
            files.insert(files.end(), circuit->sources.begin(), circuit->sources.end());
            for (auto& file : rtl_images(plan, step_id(i), *circuit, bundle.vectors)) {
                files.push_back(std::move(file));
            }
        }
    }
    return files;
}

std::string trtexec_script(const Plan& plan) {
    std::string steps;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        if (plan.steps[i].device == StepDevice::gpu) {
            steps += fmt::format("build {}\n", step_file_name(plan, step_id(i)));
        }
    }
    return R"sh(#!/bin/sh
# Engines of the GPU's steps with TensorRT: sh trtexec.sh [OPTION of trtexec]..., such as --fp16 --dumpProfile
# Steps that send to the FPGA or hear from it begin or end in 8 bits.
set -eu
cd -- "$(dirname -- "$0")"
options=$*
build() {
    name=${1##*/}
    # shellcheck disable=SC2086
    "${TRTEXEC:-trtexec}" --int8 "--onnx=$1" "--saveEngine=engines/${name%.onnx}.plan" $options
}
mkdir -p engines
)sh" + steps;
}

std::string schedule_json(const Network& network, const Plan& plan) {
    const auto microseconds = [](Nanoseconds time) { return static_cast<double>(time.ticks()) / 1e3; };
    Json events = Json::array();
    const auto name_track = [&](const char* what, int track, const std::string& name) {
        events.push_back(
            {{"name", what}, {"ph", "M"}, {"pid", 1}, {"tid", track}, {"args", {{"name", name}}}});
    };
    name_track("process_name", 0, "cleave");
    name_track("thread_name", 1, "GPU");
    name_track("thread_name", 2, "link");
    name_track("thread_name", 3, "FPGA");
    const auto track = [](StepDevice device) {
        switch (device) {
            case StepDevice::gpu: return 1;
            case StepDevice::link: return 2;
            case StepDevice::fpga: return 3;
        }
        throw std::logic_error("step device out of range");
    };
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const PlanStep& step = plan.steps[i];
        std::string title = step_title(network, plan, step_id(i));
        if (step.device == StepDevice::link) {
            title += fmt::format(" ({} B)", plan.tensor(step.inputs.front()).crossing->bytes);
        }
        events.push_back(
            {{"name", std::move(title)},
             {"cat", name_of(step.device)},
             {"ph", "X"},
             {"pid", 1},
             {"tid", track(step.device)},
             {"ts", microseconds(step.start)},
             {"dur", microseconds(step.duration)},
             {"args", {{"step", i}, {"energy_uj", static_cast<double>(step.energy.ticks()) / 1e6}}}});
    }
    return json_text({{"displayTimeUnit", "ms"}, {"traceEvents", std::move(events)}});
}

}  // namespace cleave
