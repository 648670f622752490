// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/condition.hpp"

#include "cleave/units/percentile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace cleave {
namespace {

using Unit = Metric::Unit;
using Value = std::optional<double>;

struct PointField {
    const char* name;
    Unit unit;
    Value (*value)(const SummaryPoint& point);
};

constexpr std::array<PointField, 9> kPointFields{{
    {"latency_s", Unit::seconds, [](const SummaryPoint& p) { return Value(p.latency.value()); }},
    {"energy_j", Unit::joules, [](const SummaryPoint& p) { return Value(p.energy.value()); }},
    {"latency_speedup", Unit::none, [](const SummaryPoint& p) { return p.latency_speedup; }},
    {"energy_gain", Unit::none, [](const SummaryPoint& p) { return p.energy_gain; }},
    {"alm", Unit::none, [](const SummaryPoint& p) { return Value(static_cast<double>(p.alm)); }},
    {"dsp", Unit::none, [](const SummaryPoint& p) { return Value(static_cast<double>(p.dsp)); }},
    {"m20k", Unit::none, [](const SummaryPoint& p) { return Value(static_cast<double>(p.m20k)); }},
    {"link_bytes", Unit::none,
     [](const SummaryPoint& p) { return Value(static_cast<double>(p.link_bytes)); }},
    {"interval_s", Unit::seconds,
     [](const SummaryPoint& p) { return p.interval ? Value(p.interval->value()) : Value(); }},
}};

struct Selection {
    const char* name;
    std::size_t FrontSummary::*position;
};

constexpr std::array<Selection, 3> kSelections{{{"min_latency", &FrontSummary::min_latency},
                                                {"knee", &FrontSummary::knee},
                                                {"min_energy", &FrontSummary::min_energy}}};

struct FrontField {
    Metric metric;
    std::function<Value(const FrontSummary&)> value;
};

const std::vector<FrontField>& front_fields() {
    static const std::vector<FrontField> kFields = [] {
        std::vector<FrontField> fields;
        for (const Selection& selection : kSelections) {
            for (const PointField& field : kPointFields) {
                fields.push_back({{fmt::format("{}.{}", selection.name, field.name), field.unit},
                                  [selection, field](const FrontSummary& front) {
                                      return front.points.empty()
                                                 ? Value()
                                                 : field.value(front.points[front.*selection.position]);
                                  }});
            }
        }
        fields.push_back({{"baseline.latency_s", Unit::seconds},
                          [](const FrontSummary& f) { return Value(f.baseline_latency.value()); }});
        fields.push_back({{"baseline.energy_j", Unit::joules},
                          [](const FrontSummary& f) { return Value(f.baseline_energy.value()); }});
        fields.push_back({{"front.size"},
                          [](const FrontSummary& f) { return Value(static_cast<double>(f.points.size())); }});
        fields.push_back({{"front.gap"}, [](const FrontSummary& f) { return f.gap; }});
        return fields;
    }();
    return kFields;
}

struct ComparisonField {
    Metric metric;
    std::function<Value(const Comparison&)> value;
};

const std::vector<ComparisonField>& comparison_fields() {
    static const std::vector<ComparisonField> kFields = [] {
        std::vector<ComparisonField> fields{
            {{"hypervolume"}, [](const Comparison& c) { return c.volume_ratio; }}};
        for (const Fate fate : {Fate::kept, Fate::improved, Fate::lost, Fate::gained, Fate::dominated}) {
            fields.push_back({{"points." + name_of(fate)}, [fate](const Comparison& c) {
                                  return Value(static_cast<double>(c.count(fate)));
                              }});
        }
        fields.push_back({{"matched.worst_energy_ratio"}, [](const Comparison& c) {
                              const std::vector<double> ratios = c.energy_ratios();
                              return ratios.empty() ? Value() : Value(ratios.back());
                          }});
        fields.push_back({{"matched.median_energy_ratio"}, [](const Comparison& c) {
                              const std::vector<double> ratios = c.energy_ratios();
                              return ratios.empty() ? Value() : Value(percentile(ratios, 0.5));
                          }});
        fields.push_back({{"matched.missing"},
                          [](const Comparison& c) { return Value(static_cast<double>(c.unmatched())); }});
        return fields;
    }();
    return kFields;
}

Value front_value(std::string_view name, const FrontSummary& front) {
    for (const FrontField& field : front_fields()) {
        if (field.metric.name == name) {
            return field.value(front);
        }
    }
    throw std::logic_error(fmt::format("a condition is about '{}', which no front has", name));
}

}  // namespace

const std::vector<Metric>& front_metrics() {
    static const std::vector<Metric> kMetrics = [] {
        std::vector<Metric> metrics;
        for (const FrontField& field : front_fields()) {
            metrics.push_back(field.metric);
        }
        return metrics;
    }();
    return kMetrics;
}

const std::vector<Metric>& comparison_metrics() {
    static const std::vector<Metric> kMetrics = [] {
        std::vector<Metric> metrics;
        for (const ComparisonField& field : comparison_fields()) {
            metrics.push_back(field.metric);
        }
        for (const Metric& metric : front_metrics()) {
            metrics.push_back(metric);
        }
        for (const Metric& metric : front_metrics()) {
            metrics.push_back({"old." + metric.name, metric.unit});
        }
        for (const Metric& metric : front_metrics()) {
            metrics.push_back({"ratio." + metric.name, Unit::none});
        }
        return metrics;
    }();
    return kMetrics;
}

bool Judged::holds() const {
    if (!actual) {
        return false;
    }
    switch (condition.relation) {
        case Condition::Relation::less: return *actual < condition.bound;
        case Condition::Relation::less_equal: return *actual <= condition.bound;
        case Condition::Relation::greater: return *actual > condition.bound;
        case Condition::Relation::greater_equal: return *actual >= condition.bound;
        case Condition::Relation::equal: return *actual == condition.bound;
        case Condition::Relation::unequal: return *actual != condition.bound;
    }
    return false;
}

Judged judge(const Condition& condition, const FrontSummary& front) {
    return {condition, front_value(condition.metric.name, front)};
}

Judged judge(const Condition& condition, const FrontSummary& old_front, const FrontSummary& new_front,
             const Comparison& comparison) {
    const std::string_view name = condition.metric.name;
    for (const ComparisonField& field : comparison_fields()) {
        if (field.metric.name == name) {
            return {condition, field.value(comparison)};
        }
    }
    constexpr std::string_view kOld = "old.";
    constexpr std::string_view kRatio = "ratio.";
    if (name.starts_with(kOld)) {
        return {condition, front_value(name.substr(kOld.size()), old_front)};
    }
    if (name.starts_with(kRatio)) {
        const Value before = front_value(name.substr(kRatio.size()), old_front);
        const Value after = front_value(name.substr(kRatio.size()), new_front);
        const bool defined = before && after && *before > 0;
        return {condition, defined ? Value(*after / *before) : Value()};
    }
    return {condition, front_value(name, new_front)};
}

std::string show_metric(const Metric& metric, std::optional<double> value) {
    if (!value) {
        return "none";
    }
    switch (metric.unit) {
        case Unit::seconds: return fmt::format("{:.6g} ms", *value * 1e3);
        case Unit::joules: return fmt::format("{:.6g} mJ", *value * 1e3);
        case Unit::none: break;
    }
    return fmt::format("{:.6g}", *value);
}

}  // namespace cleave
