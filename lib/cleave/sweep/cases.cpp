// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/cases.hpp"

#include "cleave/units/sha256.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace cleave {
namespace {

constexpr std::size_t kLongestName = 120;
constexpr std::size_t kHashDigits = 12;

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_safe(char c) { return is_alnum(c) || c == '.' || c == '_' || c == '+' || c == '-'; }

std::string hash_of(const std::vector<SweepParameter>& parameters) {
    // Lengths keep apart what only differs in where one text ends and the next begins.
    std::string all;
    for (const SweepParameter& p : parameters) {
        all += std::to_string(p.key.size()) + ":" + p.key + std::to_string(p.value.size()) + ":" + p.value;
    }
    return sha256(all).substr(0, kHashDigits);
}

/// A name for one case, and whether different parameters may have the same.
struct Candidate {
    std::string name;
    bool lossy = false;

    /// Appends text; what is not safe becomes '_'.
    void append(const std::string& text) {
        for (const char c : text) {
            name += is_safe(c) ? c : '_';
            lossy = lossy || !is_safe(c);
        }
    }
};

/// "2.5 GB/s" as "2.5GBps", "[dwconv, gconv]" as "dwconv+gconv".
std::string shortened(std::string text) {
    const std::size_t first = text.substr(0, 1) == "." ? 1 : 0;
    const bool number = text.size() > first && text[first] >= '0' && text[first] <= '9';
    if (number) {
        std::replace(text.begin(), text.end(), '/', 'p');
        text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
    } else if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
        for (std::size_t at = text.find(", "); at != std::string::npos; at = text.find(", ", at)) {
            text.replace(at, 2, "+");
        }
    }
    return text;
}

Candidate candidate(const std::vector<SweepParameter>& parameters) {
    Candidate result;
    for (const SweepParameter& p : parameters) {
        result.name += result.name.empty() ? "" : ",";
        result.append(p.key);
        result.name += "=";
        result.append(shortened(p.value));
    }
    if (parameters.empty()) {
        result.name = "case";
    }
    if (!is_alnum(result.name.front())) {
        result.name.insert(0, "x");
        result.lossy = true;
    }
    return result;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

}  // namespace

std::string CaseRecord::parameter(const std::string& key) const {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const SweepParameter& p) { return p.key == key; });
    return found == parameters.end() ? "" : found->value;
}

double CaseRecord::speedup() const {
    return problem.value().gpu_latency_s / front.value().min_latency.latency_s;
}

double CaseRecord::energy_gain() const {
    return problem.value().gpu_energy_j / front.value().min_energy.energy_j;
}

std::vector<std::string> parameter_keys(const std::vector<CaseRecord>& cases) {
    std::vector<std::string> keys;
    std::set<std::string> seen;
    for (const CaseRecord& record : cases) {
        for (const SweepParameter& p : record.parameters) {
            if (seen.insert(p.key).second) {
                keys.push_back(p.key);
            }
        }
    }
    return keys;
}

std::vector<std::string> case_names(const std::vector<std::vector<SweepParameter>>& cases) {
    std::vector<Candidate> candidates;
    std::map<std::string, std::size_t> uses;
    for (const auto& parameters : cases) {
        candidates.push_back(candidate(parameters));
        ++uses[lower(candidates.back().name)];
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        std::string name = candidates[i].name;
        if (candidates[i].lossy || name.size() > kLongestName || uses[lower(name)] > 1) {
            name = name.substr(0, kLongestName - kHashDigits - 1) + "-" + hash_of(cases[i]);
        }
        names.push_back(std::move(name));
    }
    return names;
}

}  // namespace cleave
