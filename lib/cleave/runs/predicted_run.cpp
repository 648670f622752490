// SPDX-License-Identifier: Apache-2.0
#include "cleave/runs/predicted_run.hpp"

#include "cleave/bundle/read_bundle.hpp"
#include "cleave/text/fields.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

constexpr std::int64_t kLongest = 1'000'000'000'000'000;

/// What a manifest says of the times of its steps.
class PredictionReader {
public:
    PredictionReader(const Manifest& manifest, FaultList& faults)
        : manifest_(manifest), faults_(faults), root_(manifest.document, faults, OtherKeys::allowed) {}

    std::optional<PredictedRun> read() {
        const std::size_t before = faults_.size();
        run_.sha256 = manifest_.sha256;
        run_.point = manifest_.provenance.point;
        run_.front_sha256 = manifest_.provenance.hashes.front;
        if (auto network = inside(root_, "network")) {
            run_.network = network->text("name");
            run_.network_sha256 = network->sha256("sha256");
        }
        if (auto platform = inside(root_, "platform")) {
            for (const StepDevice device : {StepDevice::gpu, StepDevice::fpga, StepDevice::link}) {
                if (auto fields = inside(*platform, name_of(device))) {
                    run_.models[static_cast<std::size_t>(device)] = fields->text("model");
                }
            }
        }
        if (auto point = inside(root_, "point")) {
            run_.latency = Nanoseconds(point->integer("latency_ns", {0, kLongest}));
        }
        read_steps();
        if (faults_.size() == before) {
            read_layers();
            read_crossings();
        }
        return faults_.size() > before ? std::nullopt : std::optional(std::move(run_));
    }

private:
    static std::optional<Fields> inside(Fields& parent, const std::string& key) {
        const auto field = parent.require(key);
        return field ? std::optional<Fields>(std::in_place, *field, OtherKeys::allowed) : std::nullopt;
    }

    static std::vector<Field> list(Fields& parent, const std::string& key) {
        const auto field = parent.require(key);
        return field ? field->items("objects") : std::vector<Field>{};
    }

    void read_steps() {
        for (const Field& item : list(root_, "steps")) {
            Fields fields(item, OtherKeys::allowed);
            PredictedStep& step = run_.steps.emplace_back();
            if (const auto device = fields.require("device")) {
                step.device = device->choice<StepDevice>("device").value_or(StepDevice::gpu);
            }
            if (auto expected = inside(fields, "expected")) {
                read_expected(step, *expected);
            }
        }
    }

    static void read_expected(PredictedStep& step, Fields& expected) {
        step.duration = Nanoseconds(expected.integer("duration_ns", {0, kLongest}));
        const auto field = expected.find("terms");
        if (!field) {
            expected.self().fault(
                "missing key 'terms': an older version wrote this bundle (deploy the point again)");
            return;
        }
        Fields terms(*field, OtherKeys::allowed);
        Nanoseconds sum;
        for (const RunTerm term : terms_of(step.device)) {
            const Nanoseconds time(terms.integer(fmt::format("{}_ns", name_of(term)), {0, kLongest}));
            step.terms.push_back({term, time});
            sum += time;
        }
        if (sum != step.duration) {
            field->fault(
                fmt::format("sum to {} ns, but duration_ns is {}", sum.ticks(), step.duration.ticks()));
        }
    }

    /// The step that a number names; nothing, with a fault, if there is none.
    PredictedStep* step_at(Fields& fields, const std::string& key) {
        const auto field = fields.require(key);
        const auto number =
            field ? field->integer({0, static_cast<std::int64_t>(run_.steps.size()) - 1}) : std::nullopt;
        return number ? &run_.steps[static_cast<std::size_t>(*number)] : nullptr;
    }

    void read_layers() {
        std::size_t position = 0;
        for (const Field& item : list(root_, "layers")) {
            Fields fields(item, OtherKeys::allowed);
            const std::string name = fields.text("name");
            for (const Field& part : list(fields, "parts")) {
                read_part(position, name, part);
            }
            ++position;
        }
        for (PredictedStep& step : run_.steps) {
            if (step.layers.empty()) {
                step.what = "convert";
            } else {
                const std::string& first = step.layers.front().name;
                const std::string& last = step.layers.back().name;
                step.what = first == last ? first : fmt::format("{} .. {}", first, last);
            }
        }
    }

    void read_part(std::size_t position, const std::string& name, const Field& part) {
        Fields fields(part, OtherKeys::allowed);
        StepLayer layer{position, name, std::nullopt, fields.integer("count", {1})};
        if (const auto axis = fields.require("axis"); axis && axis->text() != "whole") {
            layer.axis = axis->choice<SplitAxis>("axis");
        }
        if (PredictedStep* step = step_at(fields, "step")) {
            step->layers.push_back(std::move(layer));
        }
    }

    void read_crossings() {
        for (const Field& item : list(root_, "tensors")) {
            Fields fields(item, OtherKeys::allowed);
            const std::string layer = fields.text("layer");
            const auto crossing = fields.find("crossing");
            if (!crossing) {
                continue;
            }
            Fields inner(*crossing, OtherKeys::allowed);
            StepTransfer transfer;
            transfer.bytes = inner.integer("bytes", {1});
            if (const auto direction = inner.require("direction")) {
                transfer.direction = direction->choice<Direction>("direction").value_or(Direction::to_fpga);
            }
            if (PredictedStep* step = step_at(inner, "step")) {
                step->what =
                    fmt::format("{} to {}", layer, transfer.direction == Direction::to_fpga ? "FPGA" : "GPU");
                step->transfer = transfer;
            }
        }
        // Each transfer moves one tensor.
        for (std::size_t i = 0; i < run_.steps.size(); ++i) {
            const PredictedStep& step = run_.steps[i];
            if (step.transfer.has_value() != (step.device == StepDevice::link)) {
                root_.self().fault(fmt::format("steps[{}] is {}", i,
                                               step.transfer ? "named as a transfer, but is none"
                                                             : "a transfer, but no tensor names it"));
            }
        }
    }

    const Manifest& manifest_;
    FaultList& faults_;
    Fields root_;
    PredictedRun run_;
};

}  // namespace

std::vector<RunTerm> terms_of(StepDevice device) {
    switch (device) {
        case StepDevice::gpu: return {RunTerm::kernel, RunTerm::conversion};
        case StepDevice::fpga: return {RunTerm::fpga};
        case StepDevice::link: return {RunTerm::transfer};
    }
    throw std::logic_error("device out of range");
}

std::string device_words(StepDevice device) {
    switch (device) {
        case StepDevice::gpu: return "the GPU";
        case StepDevice::fpga: return "the FPGA";
        case StepDevice::link: return "the link";
    }
    throw std::logic_error("device out of range");
}

std::optional<PredictedRun> read_predicted_run(const Manifest& manifest, FaultList& faults) {
    return PredictionReader(manifest, faults).read();
}

PredictedRun load_predicted_run(const std::string& folder) {
    const Manifest manifest = read_manifest_of(folder);
    FaultList faults;
    std::optional<PredictedRun> run = read_predicted_run(manifest, faults);
    faults.throw_if_any();
    return std::move(*run);
}

}  // namespace cleave
