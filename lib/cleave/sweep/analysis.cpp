// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/analysis.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace cleave {
namespace {

constexpr const char* kNetworkKey = "network";
constexpr const char* kBandwidthKey = "link.bandwidth";
constexpr const char* kLinkKey = "link.model";

double objective_value(const CaseRecord& record, SweepObjective objective) {
    switch (objective) {
        case SweepObjective::latency: return record.front.value().min_latency.latency_s;
        case SweepObjective::energy: return record.front.value().min_energy.energy_j;
        case SweepObjective::speedup: return record.speedup();
        case SweepObjective::energy_gain: return record.energy_gain();
    }
    return 0;
}

bool is_better(SweepObjective objective, double a, double b) {
    const bool less = objective == SweepObjective::latency || objective == SweepObjective::energy;
    return less ? a < b : a > b;
}

std::vector<const CaseRecord*> with_front(const std::vector<CaseRecord>& cases) {
    std::vector<const CaseRecord*> found;
    for (const CaseRecord& record : cases) {
        if (record.front) {
            found.push_back(&record);
        }
    }
    return found;
}

std::vector<const CaseRecord*> settled(const std::vector<CaseRecord>& cases) {
    std::vector<const CaseRecord*> found;
    for (const CaseRecord& record : cases) {
        if (record.settled()) {
            found.push_back(&record);
        }
    }
    return found;
}

std::vector<const CaseRecord*> of_network(const std::vector<const CaseRecord*>& cases,
                                          const std::string& network) {
    std::vector<const CaseRecord*> found;
    std::copy_if(cases.begin(), cases.end(), std::back_inserter(found),
                 [&](const CaseRecord* record) { return record->problem.value().network == network; });
    return found;
}

/// Keys that have more than one value among the cases.
std::set<std::string> varying_keys(const std::vector<const CaseRecord*>& cases) {
    std::map<std::string, std::set<std::string>> values;
    std::map<std::string, std::size_t> uses;
    for (const CaseRecord* record : cases) {
        for (const SweepParameter& p : record->parameters) {
            values[p.key].insert(p.value);
            ++uses[p.key];
        }
    }
    std::set<std::string> keys;
    for (const auto& [key, texts] : values) {
        if (texts.size() > 1 || uses[key] < cases.size()) {
            keys.insert(key);
        }
    }
    return keys;
}

Gains mean_of_logarithms(const Gains& sums, std::size_t count) {
    const auto n = static_cast<double>(count);
    return {std::exp(sums.speedup / n), std::exp(sums.energy_gain / n)};
}

std::string label(const CaseRecord& record, const std::set<std::string>& keys) {
    std::string text;
    for (const SweepParameter& p : record.parameters) {
        if (keys.count(p.key) == 1) {
            text += (text.empty() ? "" : ", ") + p.key + "=" + p.value;
        }
    }
    return text;
}

/// Whether every network started from one configuration, so that this parameter only tells networks apart.
bool base_follows_network(const std::vector<const CaseRecord*>& cases) {
    std::map<std::string, std::set<std::string>> bases;
    for (const CaseRecord* record : cases) {
        bases[record->problem.value().network].insert(record->parameter(kBaseKey));
    }
    return std::all_of(bases.begin(), bases.end(), [](const auto& item) { return item.second.size() == 1; });
}

LinkSensitivity sensitivity_of(const std::string& network, const std::vector<const CaseRecord*>& cases) {
    std::set<std::string> others = varying_keys(cases);
    others.erase(kNetworkKey);
    if (others.erase(kBandwidthKey) == 0) {
        others.erase(kLinkKey);
    }
    LinkSensitivity result;
    result.network = network;
    std::set<double> bandwidths;
    for (const CaseRecord* record : cases) {
        bandwidths.insert(record->problem.value().link_bandwidth);
        const std::string setting = label(*record, others);
        if (std::find(result.settings.begin(), result.settings.end(), setting) == result.settings.end()) {
            result.settings.push_back(setting);
        }
    }
    result.bandwidths.assign(bandwidths.begin(), bandwidths.end());
    result.gains.assign(result.bandwidths.size(), std::vector<std::optional<Gains>>(result.settings.size()));
    for (const CaseRecord* record : cases) {
        const auto row = std::lower_bound(result.bandwidths.begin(), result.bandwidths.end(),
                                          record->problem.value().link_bandwidth) -
                         result.bandwidths.begin();
        const auto column =
            std::find(result.settings.begin(), result.settings.end(), label(*record, others)) -
            result.settings.begin();
        std::optional<Gains>& cell =
            result.gains[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
        const Gains before = cell.value_or(Gains{});
        cell = Gains{std::max(before.speedup, record->speedup()),
                     std::max(before.energy_gain, record->energy_gain())};
    }
    return result;
}

}  // namespace

std::vector<std::string> sweep_networks(const std::vector<CaseRecord>& cases) {
    std::vector<std::string> names;
    for (const CaseRecord* record : with_front(cases)) {
        const std::string& name = record->problem.value().network;
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    }
    return names;
}

std::vector<BestCase> best_cases(const std::vector<CaseRecord>& cases) {
    std::vector<BestCase> best;
    for (const std::string& network : sweep_networks(cases)) {
        for (const SweepObjective objective : {SweepObjective::latency, SweepObjective::energy,
                                               SweepObjective::speedup, SweepObjective::energy_gain}) {
            std::optional<BestCase> found;
            for (std::size_t i = 0; i < cases.size(); ++i) {
                if (!cases[i].front || cases[i].problem.value().network != network) {
                    continue;
                }
                const double value = objective_value(cases[i], objective);
                if (!found || is_better(objective, value, found->value)) {
                    found = BestCase{network, objective, i, value};
                }
            }
            best.push_back(found.value());
        }
    }
    return best;
}

std::vector<BestPlatform> best_platforms(const std::vector<CaseRecord>& cases) {
    const std::vector<const CaseRecord*> solved = settled(cases);
    const std::size_t networks = sweep_networks(cases).size();
    std::set<std::string> keys = varying_keys(solved);
    keys.erase(kNetworkKey);
    if (base_follows_network(solved)) {
        keys.erase(kBaseKey);
    }
    std::vector<BestPlatform> best;
    if (networks < 2 || keys.empty()) {
        return best;
    }
    std::vector<std::string> labels;
    for (const CaseRecord* record : solved) {
        const std::string text = label(*record, keys);
        if (std::find(labels.begin(), labels.end(), text) == labels.end()) {
            labels.push_back(text);
        }
    }
    for (const SweepObjective objective : {SweepObjective::speedup, SweepObjective::energy_gain}) {
        std::map<std::string, std::map<std::string, double>> values;
        for (const CaseRecord* record : solved) {
            double& value = values[label(*record, keys)][record->problem.value().network];
            value = std::max(value, objective_value(*record, objective));
        }
        std::optional<BestPlatform> found;
        for (const std::string& text : labels) {
            if (values[text].size() < networks) {
                continue;
            }
            double sum = 0;
            for (const auto& [network, value] : values[text]) {
                sum += std::log(value);
            }
            const double mean = std::exp(sum / static_cast<double>(networks));
            if (!found || mean > found->value) {
                found = BestPlatform{objective, text, mean};
            }
        }
        if (found) {
            best.push_back(*found);
        }
    }
    return best;
}

std::vector<LinkSensitivity> link_sensitivity(const std::vector<CaseRecord>& cases) {
    std::vector<LinkSensitivity> result;
    const std::vector<const CaseRecord*> solved = settled(cases);
    for (const std::string& network : sweep_networks(cases)) {
        LinkSensitivity one = sensitivity_of(network, of_network(solved, network));
        if (one.bandwidths.size() > 1) {
            result.push_back(std::move(one));
        }
    }
    return result;
}

std::vector<std::string> without_sensitivity(const std::vector<CaseRecord>& cases) {
    std::map<std::string, std::set<double>> given;
    std::map<std::string, std::set<double>> found;
    std::vector<std::string> names;
    for (const CaseRecord& record : cases) {
        if (record.problem) {
            const CaseProblem& problem = *record.problem;
            if (given[problem.network].empty()) {
                names.push_back(problem.network);
            }
            given[problem.network].insert(problem.link_bandwidth);
            if (record.settled()) {
                found[problem.network].insert(problem.link_bandwidth);
            }
        }
    }
    names.erase(std::remove_if(names.begin(), names.end(),
                               [&](const std::string& name) {
                                   return given[name].size() < 2 || found[name].size() > 1;
                               }),
                names.end());
    return names;
}

LinkTrend link_trend(const std::vector<LinkSensitivity>& networks) {
    LinkTrend trend;
    for (const LinkSensitivity& one : networks) {
        if (one.bandwidths != networks.front().bandwidths) {
            return {};
        }
    }
    if (networks.empty()) {
        return {};
    }
    trend.bandwidths = networks.front().bandwidths;
    trend.means.resize(trend.bandwidths.size());
    for (const LinkSensitivity& one : networks) {
        for (std::size_t s = 0; s < one.settings.size(); ++s) {
            if (!std::all_of(one.gains.begin(), one.gains.end(),
                             [&](const auto& row) { return row[s].has_value(); })) {
                continue;
            }
            ++trend.series;
            for (std::size_t b = 0; b < trend.bandwidths.size(); ++b) {
                trend.means[b].speedup += std::log(one.gains[b][s]->speedup);
                trend.means[b].energy_gain += std::log(one.gains[b][s]->energy_gain);
            }
        }
    }
    if (trend.series == 0) {
        return {};
    }
    for (Gains& mean : trend.means) {
        mean = mean_of_logarithms(mean, trend.series);
    }
    return trend;
}

std::vector<ParameterEffect> parameter_effects(const std::vector<CaseRecord>& cases) {
    std::vector<const CaseRecord*> all;
    for (const CaseRecord& record : cases) {
        all.push_back(&record);
    }
    const std::set<std::string> varying = varying_keys(all);
    const std::vector<const CaseRecord*> solved = settled(cases);
    std::vector<ParameterEffect> effects;
    for (const std::string& key : parameter_keys(cases)) {
        if (varying.count(key) == 0) {
            continue;
        }
        std::set<std::string> others = varying;
        others.erase(key);
        std::vector<ParameterEffect> found;
        for (const CaseRecord& record : cases) {
            const std::string value = record.parameter(key);
            if (std::none_of(found.begin(), found.end(),
                             [&](const ParameterEffect& e) { return e.value == value; })) {
                found.push_back({key, value, 0, {}});
            }
        }
        std::map<std::string, std::map<std::string, const CaseRecord*>> combinations;
        for (const CaseRecord* record : solved) {
            combinations[label(*record, others)][record->parameter(key)] = record;
        }
        for (const auto& [combination, by_value] : combinations) {
            if (by_value.size() < found.size()) {
                continue;
            }
            for (ParameterEffect& effect : found) {
                const CaseRecord& record = *by_value.at(effect.value);
                ++effect.cases;
                effect.mean.speedup += std::log(record.speedup());
                effect.mean.energy_gain += std::log(record.energy_gain());
            }
        }
        for (ParameterEffect& effect : found) {
            if (effect.cases > 0) {
                effect.mean = mean_of_logarithms(effect.mean, effect.cases);
                effects.push_back(std::move(effect));
            }
        }
    }
    return effects;
}

}  // namespace cleave
