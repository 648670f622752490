// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/read_condition.hpp"

#include "cleave/text/messages.hpp"
#include "cleave/text/quantity_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace cleave {
namespace {

using Relation = Condition::Relation;

/// Longer ones first, so that `<=` is not read as `<`.
constexpr std::array<std::pair<std::string_view, Relation>, 6> kRelations{{{"<=", Relation::less_equal},
                                                                           {">=", Relation::greater_equal},
                                                                           {"==", Relation::equal},
                                                                           {"!=", Relation::unequal},
                                                                           {"<", Relation::less},
                                                                           {">", Relation::greater}}};

constexpr std::string_view kBlank = " \t";
constexpr const char* kForm = "NAME RELATION NUMBER, such as knee.energy_gain>=1.2";

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(kBlank);
    return begin == std::string_view::npos ? std::string_view()
                                           : text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// "a, b or c"
std::string alternatives(const std::vector<std::string>& names, const std::string& prefix = "") {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + prefix + names[i];
    }
    return text;
}

/// Names that begin differently and end alike.
struct NameGroup {
    std::vector<std::string> heads;
    std::vector<std::string> tails;
};

std::vector<NameGroup> group_names(const std::vector<std::string>& names) {
    std::vector<NameGroup> by_head;
    for (const std::string& name : names) {
        const std::size_t dot = name.rfind('.');
        const std::string head = name.substr(0, dot);
        const auto found = std::find_if(by_head.begin(), by_head.end(),
                                        [&](const auto& g) { return g.heads.front() == head; });
        NameGroup& group = found == by_head.end() ? by_head.emplace_back() : *found;
        group.heads = {head};
        if (dot != std::string::npos) {
            group.tails.push_back(name.substr(dot + 1));
        }
    }
    std::vector<NameGroup> groups;
    for (NameGroup& one : by_head) {
        const auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& g) {
            return !one.tails.empty() && g.tails == one.tails;
        });
        if (found == groups.end()) {
            groups.push_back(std::move(one));
        } else {
            found->heads.push_back(one.heads.front());
        }
    }
    return groups;
}

/// All names in a form that is short: "front.size, or min_latency, knee or min_energy followed by .latency_s
/// or .energy_j".
std::string compact(const std::vector<std::string>& names) {
    std::string text;
    std::string families;
    for (const NameGroup& group : group_names(names)) {
        if (group.heads.size() > 1) {
            families += (families.empty() ? "" : ", or ") + alternatives(group.heads) + " followed by " +
                        alternatives(group.tails, ".");
            continue;
        }
        const std::string& head = group.heads.front();
        if (group.tails.empty()) {
            text += (text.empty() ? "" : ", ") + head;
        }
        for (const std::string& tail : group.tails) {
            text += (text.empty() ? "" : ", ") + head + "." + tail;
        }
    }
    return text + (text.empty() || families.empty() ? "" : ", or ") + families;
}

/// Reads one condition; every fault has the place in the option's text.
class ConditionReader {
public:
    ConditionReader(std::string file, std::string_view text, FaultList& faults)
        : file_(std::move(file)), text_(text), faults_(faults) {}

    std::optional<Condition> read(const std::vector<Metric>& metrics) {
        const std::size_t at = text_.find_first_of("<>=!");
        if (at == std::string_view::npos) {
            fault(text_,
                  fmt::format("there is no relation: one of <, <=, >, >=, ==, != is needed ({})", kForm));
            return std::nullopt;
        }
        const auto relation = std::find_if(kRelations.begin(), kRelations.end(), [&](const auto& r) {
            return text_.substr(at).starts_with(r.first);
        });
        if (relation == kRelations.end()) {
            fault(text_.substr(at), fmt::format("{} is no relation (allowed: <, <=, >, >=, ==, !=)",
                                                quote(text_.substr(at, 1))));
            return std::nullopt;
        }
        const std::optional<Metric> metric = read_name(trimmed(text_.substr(0, at)), metrics);
        const std::string_view number = trimmed(text_.substr(at + relation->first.size()));
        const std::optional<double> bound = read_bound(number, metric ? metric->unit : Metric::Unit::none);
        if (!metric || !bound) {
            return std::nullopt;
        }
        return Condition{std::string(text_), *metric, relation->second, *bound};
    }

private:
    void fault(std::string_view part, const std::string& message) {
        const auto column =
            part.empty() ? text_.size() : static_cast<std::size_t>(part.data() - text_.data());
        faults_.add({file_, 1, static_cast<int>(column) + 1, "", message});
    }

    std::optional<Metric> read_name(std::string_view name, const std::vector<Metric>& metrics) {
        const auto found = std::find_if(metrics.begin(), metrics.end(),
                                        [&](const Metric& metric) { return metric.name == name; });
        if (found != metrics.end()) {
            return *found;
        }
        std::vector<std::string> names;
        for (const Metric& metric : metrics) {
            names.push_back(metric.name);
        }
        const std::optional<std::string> meant = nearest(name, names);
        fault(name, name.empty()
                        ? fmt::format("the name of a figure is missing ({})", kForm)
                        : fmt::format("there is no figure {} ({}allowed: {})", quote(name),
                                      meant ? "did you mean '" + *meant + "'?; " : "", compact(names)));
        return std::nullopt;
    }

    std::optional<double> read_bound(std::string_view text, Metric::Unit unit) {
        if (text.empty()) {
            fault(text, fmt::format("the number is missing ({})", kForm));
            return std::nullopt;
        }
        auto value = read_number(text);
        if (std::holds_alternative<std::string>(value) && unit != Metric::Unit::none) {
            const Dimension dimension = unit == Metric::Unit::seconds ? Dimension::time : Dimension::energy;
            value = read_quantity(text, dimension, Zero::allowed);
        }
        if (const auto* wrong = std::get_if<std::string>(&value)) {
            fault(text, *wrong);
            return std::nullopt;
        }
        return std::get<double>(value);
    }

    std::string file_;
    std::string_view text_;
    FaultList& faults_;
};

}  // namespace

std::vector<Condition> read_conditions(const std::string& option, const std::vector<std::string>& texts,
                                       const std::vector<Metric>& metrics) {
    FaultList faults;
    std::vector<Condition> conditions;
    for (const std::string& text : texts) {
        if (const auto condition = ConditionReader(option + " " + text, text, faults).read(metrics)) {
            conditions.push_back(*condition);
        }
    }
    faults.throw_if_any();
    return conditions;
}

}  // namespace cleave
