// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace cleave {

bool UsedModel::uses(const Figure& figure) const {
    return std::none_of(unused.begin(), unused.end(), [&](const std::string& prefix) {
        return figure.path.compare(0, prefix.size(), prefix) == 0;
    });
}

std::string front_words(const Report& report) {
    switch (report.completeness) {
        case Completeness::exact: return "exact Pareto front";
        case Completeness::epsilon:
            return fmt::format("front within {:.4g} % of the true one", 100 * report.gap.value_or(0));
        case Completeness::stopped:
            return report.gap ? fmt::format("incomplete front, at most {:.3g} % from the true one",
                                            100 * *report.gap)
                              : std::string("incomplete front");
    }
    throw std::logic_error("completeness out of range");
}

std::string platform_words(const Report& report) {
    std::string text;
    for (const UsedModel& model : report.models) {
        text += text.empty() ? "" : ", ";
        text += model.sheet.name;
        text += model.variant.empty() ? "" : " (" + model.variant + ")";
    }
    return text;
}

std::string role_of(const Report& report, const std::string& id) {
    std::string text;
    for (const auto& [which, words] :
         {std::pair(&report.min_latency, "min latency"), std::pair(&report.knee, "knee"),
          std::pair(&report.min_energy, "min energy")}) {
        if (*which == id) {
            text += text.empty() ? "" : ", ";
            text += words;
        }
    }
    return text;
}

std::string place_words(const LayerPlace& place) {
    switch (place.device) {
        case LayerPlace::Device::gpu: return "GPU";
        case LayerPlace::Device::fpga: return fmt::format("FPGA, run {}", place.run + 1);
        case LayerPlace::Device::split:
            return fmt::format("{} of {} {} on the FPGA", place.share, place.extent, name_of(place.axis));
    }
    throw std::logic_error("device out of range");
}

std::string pipeline_words(const PointView& view, std::size_t position) {
    const Pipeline& pipeline = view.pipelines[position];
    if (!pipeline.axis) {
        return fmt::format("run {}", position + 1);
    }
    return fmt::format("{} of {} {}", pipeline.share,
                       view.places[index(pipeline.layers.front().layer)].extent, name_of(*pipeline.axis));
}

std::string pacer_words(const Network& network, const Pipeline& pipeline) {
    if (const PipelineLayer* pacing = pipeline.pacing_layer()) {
        return network.layer(pacing->layer).name;
    }
    return std::get<Direction>(pipeline.paced_by) == Direction::to_fpga ? "transfers to the FPGA"
                                                                        : "transfers to the GPU";
}

std::string op_words(const Op& op) {
    const Window* window = nullptr;
    if (const auto* conv = std::get_if<Conv>(&op)) {
        window = &conv->window;
    } else if (const auto* pool = std::get_if<Pool>(&op)) {
        window = &pool->window;
    }
    return window == nullptr ? op_name(op)
                             : fmt::format("{}x{} {}", window->kernel_h, window->kernel_w, op_name(op));
}

}  // namespace cleave
