// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/compare/comparison.hpp"
#include "cleave/compare/condition.hpp"
#include "cleave/compare/front_summary.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// Two fronts with what comparing them gave; `judged` are the conditions of --fail-if.
struct ComparisonResult {
    FrontSummary old_front;
    FrontSummary new_front;
    Comparison comparison;
    std::vector<Judged> judged;
};

/// Whether a condition of --fail-if is met: it holds, or its figure is not defined.
[[nodiscard]] bool fails(const Judged& judged);

/// docs/schema/compare.schema.json
[[nodiscard]] std::string comparison_json(const ComparisonResult& result);

/// A comment for a pull request, in GitHub's Markdown.
[[nodiscard]] std::string comparison_markdown(const ComparisonResult& result);

/// Text from outside as a code span of HTML that means nothing to Markdown, HTML or what finds mentions and
/// links in them: every character other than letters, digits, spaces and what is not ASCII is written as an
/// entity; control characters and those that change the direction of writing as U+FFFD.
[[nodiscard]] std::string markdown_code(std::string_view text);

}  // namespace cleave
