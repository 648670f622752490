// SPDX-License-Identifier: Apache-2.0
#include "cleave/runs/measured_run.hpp"

#include "cleave/text/fields.hpp"
#include "cleave/text/yaml_file.hpp"
#include "cleave/units/percentile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace cleave {
namespace {

/// Of a time: above zero, and no more than a day.
constexpr RealRange kSeconds{1e-12, 86400};
constexpr std::int64_t kMostRuns = 1'000'000'000;

class MeasurementReader {
public:
    MeasurementReader(const Node& document, const PredictedRun& predicted, FaultList& faults)
        : predicted_(predicted), faults_(faults), root_(document, faults) {}

    std::optional<MeasuredRun> read() {
        const std::size_t before = faults_.size();
        if (!check_version(root_, "schema_version")) {
            return std::nullopt;
        }
        read_bundle();
        read_devices();
        read_steps();
        if (const auto field = root_.find("inference")) {
            Fields fields(*field);
            run_.inference = read_time(fields);
            fields.done();
        }
        if (const auto note = root_.find("note")) {
            static_cast<void>(note->text());
        }
        root_.done();
        return faults_.size() > before ? std::nullopt : std::optional(std::move(run_));
    }

private:
    void read_bundle() {
        const auto field = root_.require("bundle");
        if (!field) {
            return;
        }
        Fields fields(*field);
        const auto hash = fields.require("manifest_sha256");
        const auto sha256 = hash ? hash->sha256() : std::nullopt;
        if (sha256 && *sha256 != predicted_.sha256) {
            hash->fault(fmt::format("was measured with another bundle: this one's manifest.json has {}",
                                    predicted_.sha256));
        }
        fields.done();
    }

    void read_devices() {
        const auto field = root_.require("devices");
        for (const auto& [key, item] :
             field ? field->named_items("devices") : std::vector<std::pair<Key, Field>>{}) {
            Fields fields(item);
            RunDevice& device = run_.devices.emplace_back();
            device.name = key.text;
            if (const auto text = fields.find("description")) {
                device.description = text->text().value_or("");
            }
            if (const auto model = fields.find("model")) {
                device.model = model->string().value_or("");
            }
            if (const auto how = fields.find("how")) {
                device.how = how->choice<RunMethod>("way").value_or(RunMethod::measured);
            }
            fields.done();
        }
    }

    void read_steps() {
        const auto field = root_.require("steps");
        const std::vector<Field> items = field ? field->items("steps") : std::vector<Field>{};
        if (field && field->is(NodeKind::sequence) && items.empty()) {
            field->fault("is empty (one step at least is needed)");
        }
        for (const Field& item : items) {
            read_step(item);
        }
        std::sort(run_.steps.begin(), run_.steps.end(),
                  [](const MeasuredStep& a, const MeasuredStep& b) { return a.step < b.step; });
    }

    void read_step(const Field& item) {
        Fields fields(item);
        MeasuredStep step;
        const PredictedStep* predicted = find_step(fields, step.step);
        if (const auto name = fields.find("name")) {
            static_cast<void>(name->text());
        }
        if (const auto device = fields.require("device")) {
            step.device = find_device(*device);
            if (predicted != nullptr && step.device < run_.devices.size()) {
                check_device(*device, predicted->device, step.device);
            }
        }
        if (const auto time = read_time(fields)) {
            step.time = *time;
        }
        read_parts(fields, predicted, step);
        fields.done();
        if (predicted != nullptr) {
            run_.steps.push_back(std::move(step));
        }
    }

    /// The bundle's step, and its number; nothing if there is none, or another entry has it.
    const PredictedStep* find_step(Fields& fields, std::size_t& number) {
        const auto field = fields.require("step");
        const std::int64_t most = static_cast<std::int64_t>(predicted_.steps.size()) - 1;
        const std::int64_t id = field ? field->integer({0, most}).value_or(-1) : -1;
        if (id < 0) {
            return nullptr;
        }
        number = static_cast<std::size_t>(id);
        if (!seen_.insert(number).second) {
            field->fault(fmt::format("step {} is there twice", id));
            return nullptr;
        }
        return &predicted_.steps[number];
    }

    /// As many as there are devices for none.
    [[nodiscard]] std::size_t find_device(const Field& field) const {
        std::vector<std::string> names;
        for (const RunDevice& device : run_.devices) {
            names.push_back(device.name);
        }
        // Where no device could be read, that is the fault.
        return names.empty() ? 0 : field.one_of(names, "device").value_or(names.size());
    }

    /// Rows for calibration are of one device.
    void check_device(const Field& field, StepDevice kind, std::size_t place) {
        std::vector<std::size_t>& known = used_.at(static_cast<std::size_t>(kind));
        if (known.empty()) {
            known.push_back(place);
        } else if (known.front() != place) {
            field.fault(fmt::format("steps of {} are measured on {} already (one device is needed for all)",
                                    device_words(kind), quote(run_.devices[known.front()].name)));
        }
    }

    /// median_s with runs, or times_s.
    static std::optional<TimedRuns> read_time(Fields& fields) {
        const auto median = fields.find("median_s");
        const auto times = fields.find("times_s");
        const auto runs = fields.find("runs");
        const std::int64_t count = runs ? runs->integer({1, kMostRuns}).value_or(0) : 0;
        if (median.has_value() == times.has_value()) {
            fields.self().fault(median ? "has both median_s and times_s (one of them is needed)"
                                       : "has neither median_s nor times_s (one of them is needed)");
            return std::nullopt;
        }
        if (median) {
            return TimedRuns{std::max<std::int64_t>(count, 1), Seconds(median->real(kSeconds).value_or(1))};
        }
        std::vector<double> values;
        for (const Field& item : times->items("times")) {
            values.push_back(item.real(kSeconds).value_or(1));
        }
        if (values.empty()) {
            if (times->is(NodeKind::sequence)) {
                times->fault("is empty (one time at least is needed)");
            }
            return std::nullopt;
        }
        if (count > 0 && count != static_cast<std::int64_t>(values.size())) {
            runs->fault(fmt::format("is {}, but times_s has {}", count, count_items(values.size())));
        }
        std::sort(values.begin(), values.end());
        return TimedRuns{static_cast<std::int64_t>(values.size()), Seconds(percentile(values, 0.5))};
    }

    static void read_parts(Fields& fields, const PredictedStep* predicted, MeasuredStep& step) {
        for (const auto& [term, name] : names_of(RunTerm{})) {
            const auto field = fields.find(fmt::format("{}_s", name));
            if (!field) {
                continue;
            }
            const double value = field->real({0, kSeconds.most}).value_or(0);
            if (predicted == nullptr) {
                continue;
            }
            const std::vector<RunTerm> terms = terms_of(predicted->device);
            if (std::find(terms.begin(), terms.end(), term) == terms.end()) {
                field->fault(fmt::format("step {} is of {}, which has no such part", step.step,
                                         device_words(predicted->device)));
            } else {
                step.parts.push_back({term, Seconds(value)});
            }
        }
    }

    const PredictedRun& predicted_;
    FaultList& faults_;
    Fields root_;
    MeasuredRun run_;
    std::set<std::size_t> seen_;
    /// By StepDevice: the device that its steps were measured on, once one is known.
    std::array<std::vector<std::size_t>, 3> used_;
};

}  // namespace

std::optional<Seconds> MeasuredStep::part(RunTerm term) const {
    const auto found =
        std::find_if(parts.begin(), parts.end(), [&](const Part& part) { return part.term == term; });
    return found == parts.end() ? std::nullopt : std::optional(found->time);
}

std::optional<MeasuredRun> read_measured_run(const Node& document, const PredictedRun& predicted,
                                             FaultList& faults) {
    return MeasurementReader(document, predicted, faults).read();
}

MeasuredRun load_measured_run(const std::string& file, const PredictedRun& predicted) {
    FaultList faults;
    const std::optional<std::string> text = read_file(file, std::nullopt, faults);
    const std::optional<Node> document = text ? parse_json(*text, file, faults) : std::nullopt;
    std::optional<MeasuredRun> run =
        document ? read_measured_run(*document, predicted, faults) : std::nullopt;
    faults.throw_if_any();
    return std::move(*run);
}

}  // namespace cleave
