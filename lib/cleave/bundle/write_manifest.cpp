// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/rtl_files.hpp"
#include "cleave/bundle/write_bundle.hpp"
#include "cleave/text/json.hpp"
#include "cleave/units/sha256.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <stdexcept>

namespace cleave {
namespace {

Json range_json(const Range& range) { return Json::array({range.first, range.count}); }

/// The manifest of one bundle.
class ManifestWriter {
public:
    explicit ManifestWriter(const Bundle& bundle)
        : bundle_(bundle), plan_(bundle.plan), network_(bundle.units.network()) {
        for (const Graph& graph : bundle.graphs) {
            std::set<std::string> names;
            for (const GraphNode& node : graph.nodes) {
                names.insert(node.name);
            }
            node_names_.push_back(std::move(names));
        }
    }

    [[nodiscard]] Json json(const std::vector<ListedFile>& files) const {
        Json json{{"schema_version", 1},
                  {"tool", {{"name", "cleave"}, {"version", bundle_.provenance.version}}},
                  {"network", network_json(files)},
                  {"platform", platform_json()},
                  {"point", point_json()},
                  {"weights", weights_json()},
                  {"calibration", samples_json()},
                  {"input", name(plan_.inputs.front())},
                  {"output", name(plan_.outputs.front())}};
        if (plan_.inputs.size() > 1) {
            json["inputs"] = names_of(plan_.inputs);
        }
        if (plan_.outputs.size() > 1) {
            json["outputs"] = names_of(plan_.outputs);
        }
        json["tensors"] = Json::array();
        for (std::size_t i = 0; i < plan_.tensors.size(); ++i) {
            json["tensors"].push_back(tensor_json(plan_tensor_id(i)));
        }
        json["steps"] = Json::array();
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            json["steps"].push_back(step_json(step_id(i)));
        }
        json["layers"] = layers_json();
        json["vectors"] = vectors_json();
        json["files"] = Json::array();
        for (const ListedFile& file : files) {
            json["files"].push_back({{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}});
        }
        return json;
    }

private:
    [[nodiscard]] Json network_json(const std::vector<ListedFile>& files) const {
        const auto spec = std::find_if(files.begin(), files.end(),
                                       [](const ListedFile& file) { return file.path == "network.yaml"; });
        if (spec == files.end()) {
            throw std::invalid_argument("a bundle needs network.yaml");
        }
        const Totals totals = network_.totals();
        return {{"name", network_.name()}, {"sha256", spec->sha256},
                {"macs", totals.macs},     {"weights", totals.weights},
                {"params", totals.params}, {"layers", network_.layers().size() - network_.input_count()}};
    }

    [[nodiscard]] Json platform_json() const {
        const Platform& platform = bundle_.platform;
        return {{"gpu",
                 {{"model", platform.gpu.model().name},
                  {"sha256", bundle_.provenance.hashes.gpu},
                  {"profile", platform.gpu.profile().name},
                  {"power_mode", platform.gpu.mode().name}}},
                {"fpga",
                 {{"model", platform.fpga.model().name},
                  {"sha256", bundle_.provenance.hashes.fpga},
                  {"implementation", platform.fpga.implementation_names()},
                  {"clock_hz", platform.fpga.clocks().front().value()}}},
                {"link", {{"model", platform.link.name}, {"sha256", bundle_.provenance.hashes.link}}}};
    }

    [[nodiscard]] Json point_json() const {
        return {{"id", bundle_.provenance.point},
                {"front_sha256", bundle_.provenance.hashes.front},
                {"weights", bundle_.provenance.counted_weights},
                {"strategies", bundle_.strategies},
                {"latency_ns", plan_.latency.ticks()},
                {"energy_pj", plan_.energy.ticks()},
                {"standing_power_mw", plan_.standing_power.ticks()},
                {"standing_energy_pj", plan_.standing_energy.ticks()},
                {"link_bytes", plan_.link_bytes}};
    }

    [[nodiscard]] Json weights_json() const {
        Json json = std::visit(Overloaded{[](const Seeded& s) {
                                              return Json{{"source", "seed"}, {"seed", s.seed}};
                                          },
                                          [](const FromFiles& f) {
                                              return Json{{"source", "model"}, {"sha256", f.sha256.front()}};
                                          }},
                               bundle_.provenance.weights);
        if (bundle_.rounded_maps > 0) {
            json["rounded_maps"] = bundle_.rounded_maps;
        }
        return json;
    }

    [[nodiscard]] Json samples_json() const {
        Json json = std::visit(Overloaded{[](const Seeded& s) {
                                              return Json{{"source", "seed"}, {"seed", s.seed}};
                                          },
                                          [](const FromFiles& f) {
                                              return Json{{"source", "files"}, {"sha256", f.sha256}};
                                          }},
                               bundle_.provenance.samples);
        json["inputs"] = bundle_.provenance.sample_count;
        if (bundle_.formats.own_scales > 0) {
            json["model_scales"] = bundle_.formats.own_scales;
        }
        for (const LayerId layer : plan_.copied_before_fpga) {
            json["stand_ins"].push_back(network_.layer(layer).name);
        }
        return json;
    }

    [[nodiscard]] const std::string& name(PlanTensorId id) const { return plan_.tensor(id).name; }

    [[nodiscard]] static Json steps_of(const std::vector<StepId>& steps) {
        Json json = Json::array();
        for (const StepId step : steps) {
            json.push_back(index(step));
        }
        return json;
    }

    [[nodiscard]] Json names_of(const std::vector<PlanTensorId>& tensors) const {
        Json json = Json::array();
        for (const PlanTensorId tensor : tensors) {
            json.push_back(name(tensor));
        }
        return json;
    }

    [[nodiscard]] Json tensor_json(PlanTensorId id) const {
        const PlanTensor& tensor = plan_.tensor(id);
        const bool map = tensor.content == TensorContent::map;
        Json json{
            {"name", tensor.name},
            {"layer", network_.layer(tensor.layer).name},
            {"content", map ? "map" : "partial_sums"},
            {"channels", range_json(tensor.channels)},
            {"shape", Json::array({1, tensor.shape.channels, tensor.shape.height, tensor.shape.width})}};
        if (!tensor.channels.picked.empty()) {
            json["picked"] = tensor.channels.picked;
        }
        if (!tensor.crossing) {
            json["dtype"] = "float32";
        } else {
            const int exponent = bundle_.formats.tensors[index(id)].value();
            json["dtype"] = stored_type(tensor) == TensorType::int8 ? "int8" : "int32";
            json["exponent"] = exponent;
            json["scale"] = std::ldexp(1.0, exponent);
            json["zero_point"] = 0;
        }
        json["from"] = tensor.from ? Json(index(*tensor.from)) : Json(nullptr);
        json["to"] = steps_of(tensor.to);
        if (tensor.crossing) {
            json["crossing"] = {{"step", index(tensor.crossing->step)},
                                {"direction", name_of(tensor.crossing->direction)},
                                {"bits", tensor.crossing->bits},
                                {"bytes", tensor.crossing->bytes}};
        }
        return json;
    }

    /// Of what a step depends on, what it runs beside: their output streams into it as it is made.
    [[nodiscard]] std::vector<StepId> streamed_by(const PlanStep& step) const {
        std::vector<StepId> sources;
        std::copy_if(
            step.depends_on.begin(), step.depends_on.end(), std::back_inserter(sources), [&](StepId id) {
                const PlanStep& source = plan_.step(id);
                const bool over_link = step.device != source.device &&
                                       (step.device == StepDevice::fpga || source.device == StepDevice::fpga);
                return over_link && source.start + source.duration > step.start;
            });
        return sources;
    }

    [[nodiscard]] Json step_json(StepId id) const {
        const PlanStep& step = plan_.step(id);
        Json json{{"id", index(id)}, {"device", name_of(step.device)}};
        if (step.device == StepDevice::link) {
            json["kind"] = "transfer";
            json["direction"] = name_of(plan_.tensor(step.inputs.front()).crossing->direction);
        } else {
            json["kind"] = "compute";
            json["file"] = step_file_name(plan_, id);
        }
        json["depends_on"] = steps_of(step.depends_on);
        if (const std::vector<StepId> sources = streamed_by(step); !sources.empty()) {
            json["streams_from"] = steps_of(sources);
        }
        json["inputs"] = names_of(step.inputs);
        json["outputs"] = names_of(step.outputs);
        if (const StepCircuit* circuit = bundle_.circuit(id)) {
            json["rtl"] = rtl_json(step, id, *circuit);
        }
        json["expected"] = {{"start_ns", step.start.ticks()},
                            {"duration_ns", step.duration.ticks()},
                            {"energy_pj", step.energy.ticks()},
                            {"terms", terms_json(step)}};
        return json;
    }

    /// What a step's duration is the sum of.
    [[nodiscard]] static Json terms_json(const PlanStep& step) {
        switch (step.device) {
            case StepDevice::gpu:
                return {{"kernel_ns", (step.duration - step.conversion).ticks()},
                        {"conversion_ns", step.conversion.ticks()}};
            case StepDevice::fpga: return {{"fpga_ns", step.duration.ticks()}};
            case StepDevice::link: return {{"transfer_ns", step.duration.ticks()}};
        }
        throw std::logic_error("device out of range");
    }

    [[nodiscard]] Json stream_json(PlanTensorId tensor, const std::string& port,
                                   const CircuitPort& map) const {
        const WireFormat wire = wire_format(map);
        return {{"tensor", name(tensor)},
                {"port", port},
                {"shape", Json::array({map.shape.height, map.shape.width, map.shape.channels})},
                {"number_bytes", wire.number_bytes},
                {"beat_bytes", wire.beat_bytes},
                {"beats", wire.beats()}};
    }

    [[nodiscard]] Json rtl_json(const PlanStep& step, StepId id, const StepCircuit& circuit) const {
        Json streams = Json::array();
        for (std::size_t i = 0; i < circuit.circuit.inputs.size(); ++i) {
            streams.push_back(
                stream_json(step.inputs[i], "s_axis_" + std::to_string(i), circuit.circuit.inputs[i]));
        }
        for (std::size_t i = 0; i < circuit.circuit.outputs.size(); ++i) {
            streams.push_back(
                stream_json(step.outputs[i], "m_axis_" + std::to_string(i), circuit.circuit.outputs[i].port));
        }
        return {{"folder", rtl_folder(id)},
                {"top", rtl_top(id)},
                {"clock_hz", circuit.clock.value()},
                {"expected_clocks", circuit.clocks},
                {"single_frame_clocks", circuit.frames.single},
                {"first_frame_clocks", circuit.frames.first},
                {"frame_interval_clocks", circuit.frames.interval},
                {"expected_resources",
                 {{"alm", circuit.demand.alm}, {"dsp", circuit.demand.dsp}, {"m20k", circuit.demand.m20k}}},
                {"streams", std::move(streams)}};
    }

    [[nodiscard]] Json part_json(const LayerPart& part) const {
        Json json{{"step", index(part.step)},
                  {"device", name_of(part.device)},
                  {"axis", part.axis ? name_of(*part.axis) : "whole"},
                  {"first", part.range.first},
                  {"count", part.range.count}};
        if (!part.range.picked.empty()) {
            json["picked"] = part.range.picked;
        }
        const std::string& layer = network_.layer(part.layer).name;
        if (node_names_[index(part.step)].count(layer) > 0) {
            json["node"] = layer;
        }
        if (part.device == StepDevice::fpga) {
            const LayerExponents& exponents = bundle_.formats.layers[index(part.layer)];
            Json found = Json::object();
            const auto add = [&](const char* key, const std::optional<int>& exponent) {
                if (exponent) {
                    found[key] = *exponent;
                }
            };
            add("weights", exponents.weights);
            add("bias", exponents.bias);
            add("output", exponents.output);
            json["exponents"] = std::move(found);
        }
        return json;
    }

    [[nodiscard]] Json layers_json() const {
        Json layers = Json::array();
        auto part = plan_.parts.begin();
        for (std::size_t i = network_.input_count(); i < network_.layers().size(); ++i) {
            const Layer& layer = network_.layer(layer_id(i));
            Json parts = Json::array();
            for (; part != plan_.parts.end() && part->layer == layer_id(i); ++part) {
                parts.push_back(part_json(*part));
            }
            layers.push_back({{"name", layer.name}, {"op", op_name(layer.op)}, {"parts", std::move(parts)}});
        }
        return layers;
    }

    [[nodiscard]] Json vectors_json() const {
        Json vectors = Json::array();
        for (std::size_t v = 0; v < bundle_.vectors.size(); ++v) {
            Json tensors = Json::array();
            for (std::size_t i = 0; i < plan_.tensors.size(); ++i) {
                const PlanTensorId id = plan_tensor_id(i);
                if (is_recorded(plan_, id, v)) {
                    tensors.push_back({{"tensor", name(id)}, {"file", vector_file_name(plan_, v, id)}});
                    if (plan_.tensor(id).stand_in) {
                        tensors.back()["stand_in"] = true;
                    }
                }
            }
            vectors.push_back({{"tensors", std::move(tensors)}});
            if (plan_.copied.empty()) {
                vectors.back()["float_output"] = float_output_name(v);
            }
            for (std::size_t i = 0;
                 plan_.copied.empty() && plan_.outputs.size() > 1 && i < plan_.outputs.size(); ++i) {
                vectors.back()["float_outputs"].push_back(float_output_name(v, i));
            }
        }
        return vectors;
    }

    const Bundle& bundle_;
    const Plan& plan_;
    const Network& network_;
    /// By StepId.
    std::vector<std::set<std::string>> node_names_;
};

}  // namespace

std::string manifest_json(const Bundle& bundle, const std::vector<ListedFile>& files) {
    return json_text(ManifestWriter(bundle).json(files));
}

std::string manifest_json(const Bundle& bundle, const BundleFiles& files) {
    std::vector<ListedFile> listed;
    for (const auto& [name, content] : files) {
        listed.push_back({name, static_cast<std::int64_t>(content.size()), sha256(content)});
    }
    return manifest_json(bundle, listed);
}

}  // namespace cleave
