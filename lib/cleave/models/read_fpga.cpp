// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/read_model.hpp"
#include "cleave/models/read_sheet.hpp"

#include <fmt/format.h>

#include <optional>
#include <regex>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace cleave {
namespace {

constexpr std::int64_t kMostBlocks = 1'000'000'000;
constexpr RealRange kCoefficient{-1e6, 1e6};
constexpr RealRange kCost{0, 1e6};
constexpr IntegerRange kLineAlm{0, 1'000'000};

class FpgaReader {
public:
    explicit FpgaReader(Fields& root) : root_(root), sheet_(root) {}

    ModelFile<FpgaModel> read() {
        FpgaModel model;
        model.name = sheet_.sheet().name;
        if (const auto field = root_.find("part")) {
            Fields part(*field);
            model.part = {part.text("family"), part.text("device")};
            part.done();
        }
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
        const auto reader = form ? form->choice(form_readers(&impl.form), "form") : std::nullopt;
        const std::optional<Field> resources = fields.require("resources");
        if (reader && resources) {
            Fields numbers(*resources);
            impl.form = (this->**reader)(numbers);
            numbers.done();
        }
        if (const auto field = fields.require("streaming")) {
            impl.streaming = read_streaming(*field);
        }
        impl.clock = sheet_.quantity<Hertz>(fields, "clock", Zero::forbidden);
        // A folded layer's own reading of its input says how much of it must be there.
        if (!std::holds_alternative<Folded>(impl.form)) {
            if (const auto fill = sheet_.figure(fields, "fill")) {
                impl.fill = fill->choice<FillRule>("fill rule").value_or(FillRule::half_window);
            }
        }
        impl.pipeline_stages = sheet_.integer(fields, "pipeline_stages", {0, 1000});
        impl.usable_alm_share = sheet_.real(fields, "usable_alm_share", {0.01, 1});
        impl.bits = sheet_.integer(fields, "bits", {1, 32});
        if (const auto field = fields.require("power")) {
            impl.power = read_power(*field);
        }
        if (const auto field = fields.find("seen")) {
            impl.seen = read_seen(*field);
        }
        if (const auto field = fields.find("spread")) {
            impl.spread = read_spread(*field);
        }
        fields.done();
        return impl;
    }

    using FormReader = ImplementationForm (FpgaReader::*)(Fields&);

    /// How the parameters of each form are read, by its name. A form needs an overload of read_form.
    template <class... Forms>
    static Choices<FormReader> form_readers(const AnyForm<Forms...>* /*any*/) {
        return {{std::string(Forms::kName), &FpgaReader::read_as<Forms>}...};
    }
    template <class Form>
    ImplementationForm read_as(Fields& fields) {
        return read_form(std::type_identity<Form>(), fields);
    }

    DhmFitted read_form(std::type_identity<DhmFitted> /*form*/, Fields& fields) {
        DhmFitted form;
        if (const auto field = fields.require("alm")) {
            form.alm = read_filter_cost(*field);
        }
        if (const auto field = fields.require("delay_lines")) {
            read_delay_lines(*field, form);
        }
        if (const auto field = fields.require("alut")) {
            Fields alut(*field);
            form.alut = read_filter_cost(alut);
            form.alut_per_spilled_long_line = sheet_.real(alut, "per_spilled_long_line", kCoefficient);
            alut.done();
        }
        if (const auto field = fields.require("critical_path")) {
            Fields path(*field);
            form.path.fixed = sheet_.quantity<Seconds>(path, "fixed", Zero::forbidden);
            form.path.per_fanout = sheet_.quantity<Seconds>(path, "per_fanout", Zero::allowed);
            form.path.wide_line = sheet_.quantity<Seconds>(path, "wide_line", Zero::allowed);
            path.done();
        }
        return form;
    }

    FilterCost read_filter_cost(const Field& field) {
        Fields fields(field);
        const FilterCost cost = read_filter_cost(fields);
        fields.done();
        return cost;
    }

    FilterCost read_filter_cost(Fields& fields) {
        FilterCost cost;
        cost.fixed = sheet_.real(fields, "fixed", kCost);
        cost.per_tap = sheet_.real(fields, "per_tap", kCost);
        cost.per_tap_log = sheet_.real(fields, "per_tap_log", kCost);
        cost.per_delayed_tap = sheet_.real(fields, "per_delayed_tap", kCost);
        return cost;
    }

    void read_delay_lines(const Field& field, DhmFitted& form) {
        const std::size_t before = field.faults().size();
        Fields fields(field);
        form.delayed_share = sheet_.real(fields, "delayed_share", {0, 1});
        form.undelayed_taps = sheet_.real(fields, "undelayed_taps", kCost);
        form.short_lines.most_taps = sheet_.real(fields, "short_most_taps", kCost);
        form.middle_lines.most_taps = sheet_.real(fields, "middle_most_taps", kCost);
        form.short_lines.alm = sheet_.integer(fields, "short_alm", kLineAlm);
        form.middle_lines.alm = sheet_.integer(fields, "middle_alm", kLineAlm);
        form.long_line_alm = sheet_.integer(fields, "long_alm", kLineAlm);
        form.m20k_fixed = sheet_.real(fields, "m20k_fixed", kCost);
        fields.done();
        if (field.faults().size() != before) {
            return;
        }
        // Out of order, lines would not leave the blocks cheapest first and the limits would be wrong.
        if (form.short_lines.alm > form.middle_lines.alm || form.middle_lines.alm > form.long_line_alm) {
            field.fault("deeper lines need less logic (short_alm <= middle_alm <= long_alm is needed)");
        }
        if (form.undelayed_taps > form.short_lines.most_taps ||
            form.short_lines.most_taps > form.middle_lines.most_taps) {
            field.fault("classes overlap (undelayed_taps <= short_most_taps <= middle_most_taps is needed)");
        }
    }

    SeenRanges read_seen(const Field& field) {
        Fields fields(field);
        SeenRanges seen;
        for (const auto& [key, range] : kSeenRanges) {
            if (!fields.find(key)) {
                continue;
            }
            if (const auto value = sheet_.figure(fields, key)) {
                seen.*range = read_range(*value);
            }
        }
        fields.done();
        return seen;
    }

    static std::optional<SeenRange> read_range(const Field& value) {
        static const std::regex kRange("([0-9]{1,9}) to ([0-9]{1,9})");
        std::smatch parts;
        const std::string text = value.node().text;
        if (std::regex_match(text, parts, kRange)) {
            const SeenRange range{std::stoll(parts[1]), std::stoll(parts[2])};
            if (range.least <= range.most) {
                return range;
            }
        }
        value.fault(fmt::format("{} is no range of whole numbers (such as '4 to 250')", quote(text)));
        return std::nullopt;
    }

    ImplementationSpread read_spread(const Field& field) {
        constexpr RealRange kSpread{0, 2};
        Fields fields(field);
        ImplementationSpread spread;
        spread.alm = sheet_.real(fields, "alm", kSpread);
        if (fields.find("alm_known_weights")) {
            spread.alm_known_weights = sheet_.real(fields, "alm_known_weights", kSpread);
        }
        spread.m20k = sheet_.real(fields, "m20k", kSpread);
        spread.power = sheet_.real(fields, "power", kSpread);
        spread.clock = sheet_.real(fields, "clock", kSpread);
        fields.done();
        return spread;
    }

    /// Numbers of the map `name`, one for each member that `keys` names.
    template <class Alm>
    void read_figures(Fields& fields, const std::string& name, Alm& alm,
                      std::span<const std::pair<const char*, double Alm::*>> keys) {
        if (const auto field = fields.require(name)) {
            Fields figures(*field);
            for (const auto& [key, member] : keys) {
                alm.*member = sheet_.real(figures, key, kCost);
            }
            figures.done();
        }
    }

    DhmCsd read_form(std::type_identity<DhmCsd> /*form*/, Fields& fields) {
        DhmCsd form;
        read_figures<CsdFigures>(fields, "tables", form.tables, kCsdFigures);
        read_figures<CsdFigures>(fields, "registers", form.registers, kCsdFigures);
        read_figures<CsdAlm>(fields, "alm", form.alm, kCsdAlm);
        form.weight_sigma = sheet_.real(fields, "weight_sigma", {0.1, 127});
        return form;
    }

    Folded read_form(std::type_identity<Folded> /*form*/, Fields& fields) {
        Folded form;
        read_figures<FoldedLogic>(fields, "tables", form.tables, kFoldedLogic);
        read_figures<FoldedLogic>(fields, "registers", form.registers, kFoldedLogic);
        read_figures<FoldedAlm>(fields, "alm", form.alm, kFoldedAlm);
        form.products_per_dsp = sheet_.integer(fields, "products_per_dsp", {1, 1000});
        form.pool_stages = sheet_.integer(fields, "pool_stages", {0, 1000});
        form.stream_stages = sheet_.integer(fields, "stream_stages", {0, 1000});
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
        if (fields.find("per_dsp")) {
            power.per_dsp =
                Watts(sheet_.quantity(fields, "per_dsp", Dimension::power_per_dsp, Zero::allowed));
        }
        if (fields.find("at")) {
            power.at = sheet_.quantity<Hertz>(fields, "at", Zero::forbidden);
        }
        fields.done();
        return power;
    }

    Fields& root_;
    SheetReader sheet_;
};

}  // namespace

std::optional<ModelFile<FpgaModel>> read_fpga_model(const Node& root, FaultList& faults) {
    return read_kind<FpgaModel>(root, faults, "cleave_fpga",
                                [](Fields& fields) { return FpgaReader(fields).read(); });
}

}  // namespace cleave
