// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/model_reader.hpp"
#include "cleave/config/model_sheet_reader.hpp"

#include <string>

namespace cleave::config {
namespace {

constexpr std::int64_t kMostBlocks = 1'000'000'000;
constexpr RealRange kCoefficient{-1e6, 1e6};
constexpr RealRange kCost{0, 1e6};

enum class Form { fitted, csd };

const Choices<Form>& forms() {
    static const Choices<Form> names{{"fitted", Form::fitted}, {"csd", Form::csd}};
    return names;
}

const Choices<FillRule>& fill_rules() {
    static const Choices<FillRule> names{{"full_window", FillRule::full_window},
                                         {"half_window", FillRule::half_window}};
    return names;
}

class FpgaReader {
public:
    explicit FpgaReader(Fields& root) : root_(root), sheet_(root) {}

    ModelFile<FpgaModel> read() {
        FpgaModel model;
        model.name = sheet_.sheet().name;
        if (const auto field = root_.require("capacity")) {
            Fields capacity(*field);
            model.capacity.alm = sheet_.integer(capacity, "alm", {1, kMostBlocks});
            model.capacity.dsp = sheet_.integer(capacity, "dsp", {0, kMostBlocks});
            model.capacity.m20k = sheet_.integer(capacity, "m20k", {0, kMostBlocks});
            capacity.done();
        }
        model.static_power = sheet_.quantity<Watts>(root_, "static_power", Zero::allowed);
        if (const auto field = root_.require("implementations")) {
            for (const auto& [key, entry] : field->named_items("implementations")) {
                model.implementations.push_back(read_implementation(key.text, entry));
            }
        }
        root_.done();
        sheet_.done();
        return {model, sheet_.sheet()};
    }

private:
    Implementation read_implementation(const std::string& name, const Field& entry) {
        Fields fields(entry);
        Implementation impl;
        impl.name = name;
        const std::optional<Field> form = fields.require("form");
        const std::optional<Form> kind = form ? form->choice(forms(), "form") : std::nullopt;
        const std::optional<Field> resources = fields.require("resources");
        if (kind && resources) {
            Fields numbers(*resources);
            impl.form = *kind == Form::fitted ? ImplementationForm(read_fitted(numbers)) : read_csd(numbers);
            numbers.done();
        }
        if (const auto field = fields.require("streaming")) {
            impl.streaming = read_streaming(*field);
        }
        impl.clock = sheet_.quantity<Hertz>(fields, "clock", Zero::forbidden);
        if (const auto fill = sheet_.figure(fields, "fill")) {
            impl.fill = fill->choice(fill_rules(), "fill rule").value_or(FillRule::half_window);
        }
        impl.pipeline_stages = sheet_.integer(fields, "pipeline_stages", {0, 1000});
        impl.usable_alm_share = sheet_.real(fields, "usable_alm_share", {0.01, 1});
        impl.bits = sheet_.integer(fields, "bits", {1, 32});
        if (const auto field = fields.require("power")) {
            impl.power = read_power(*field);
        }
        fields.done();
        return impl;
    }

    DhmFitted read_fitted(Fields& fields) {
        DhmFitted form;
        form.alm_per_weight = sheet_.real(fields, "alm_per_weight", kCost);
        form.alm_per_filter = sheet_.real(fields, "alm_per_filter", kCoefficient);
        form.alm_per_window = sheet_.real(fields, "alm_per_window", kCost);
        form.alm_fixed = sheet_.real(fields, "alm_fixed", kCost);
        form.fewest_taps = sheet_.real(fields, "fewest_taps", {1, 1e6});
        form.m20k_per_weight = sheet_.real(fields, "m20k_per_weight", kCost);
        form.m20k_per_filter = sheet_.real(fields, "m20k_per_filter", kCoefficient);
        form.alm_per_spilled_m20k = sheet_.integer(fields, "alm_per_spilled_m20k", {0, 1'000'000});
        form.m20k_before_spill = sheet_.integer(fields, "m20k_before_spill", {0, kMostBlocks});
        return form;
    }

    DhmCsd read_csd(Fields& fields) {
        DhmCsd form;
        form.alm_per_weight = sheet_.real(fields, "alm_per_weight", kCost);
        form.alm_per_depthwise_weight = sheet_.real(fields, "alm_per_depthwise_weight", kCost);
        form.alm_fixed = sheet_.real(fields, "alm_fixed", kCost);
        return form;
    }

    StreamingParams read_streaming(const Field& field) {
        Fields fields(field);
        StreamingParams streaming;
        streaming.alm_per_compare = sheet_.real(fields, "alm_per_compare", kCost);
        streaming.alm_per_add = sheet_.real(fields, "alm_per_add", kCost);
        streaming.alm_per_window_bit = sheet_.real(fields, "alm_per_window_bit", kCost);
        streaming.m20k_word_bits = sheet_.integer(fields, "m20k_word_bits", {1, 1'000'000});
        streaming.m20k_words = sheet_.integer(fields, "m20k_words", {1, 1'000'000});
        fields.done();
        return streaming;
    }

    FpgaPower read_power(const Field& field) {
        Fields fields(field);
        FpgaPower power;
        power.base = sheet_.quantity<Watts>(fields, "base", Zero::allowed);
        power.per_alm = Watts(sheet_.quantity(fields, "per_alm", Dimension::power_per_alm, Zero::allowed));
        power.per_m20k = Watts(sheet_.quantity(fields, "per_m20k", Dimension::power_per_m20k, Zero::allowed));
        power.per_spilled_alm =
            Watts(sheet_.quantity(fields, "per_spilled_alm", Dimension::power_per_alm, Zero::allowed));
        fields.done();
        return power;
    }

    Fields& root_;
    SheetReader sheet_;
};

}  // namespace

std::optional<ModelFile<FpgaModel>> read_fpga_model(const Node& root, FaultList& faults) {
    const std::size_t before = faults.size();
    Fields fields(root, faults);
    if (!check_version(fields, "cleave_fpga")) {
        return std::nullopt;
    }
    ModelFile<FpgaModel> file = FpgaReader(fields).read();
    return faults.size() == before ? std::optional(std::move(file)) : std::nullopt;
}

}  // namespace cleave::config
