// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/compare/comparison.hpp"
#include "cleave/compare/front_summary.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Whether a change is for the better; less is better of all that is compared.
enum class Trend { same, better, worse, unknown };

/// How a value changed: "-3.2 %", "same", or "-" where one is absent.
struct Shift {
    std::string text;
    Trend trend = Trend::unknown;
};
[[nodiscard]] Shift shift(std::optional<double> before, std::optional<double> after);

/// A line of the table of a comparison: GPU only, min latency, knee, min energy.
struct ComparisonRow {
    std::string label;
    /// Each of the old front and of the new one; "-" if there are no points.
    std::string old_latency;
    std::string new_latency;
    Shift latency;
    std::string old_energy;
    std::string new_energy;
    Shift energy;
};
[[nodiscard]] std::vector<ComparisonRow> comparison_rows(const FrontSummary& old_front,
                                                         const FrontSummary& new_front);

/// Sentences without their full stops that say what a comparison found: hypervolume with its reference point,
/// points, matched points.
[[nodiscard]] std::vector<std::string> comparison_sentences(const FrontSummary& old_front,
                                                            const FrontSummary& new_front,
                                                            const Comparison& comparison);

/// A change as people read it: frequencies in MHz, SHA-256 cut to 12 digits, "(absent)" for nothing.
struct ChangeRow {
    std::string path;
    std::string before;
    std::string now;
};
/// Hashes last: they say that something changed, the others what.
[[nodiscard]] std::vector<ChangeRow> change_rows(const Comparison& comparison);

}  // namespace cleave
