// SPDX-License-Identifier: Apache-2.0
#include "sweep_results.hpp"

#include "cleave/sweep/analysis.hpp"
#include "cleave/text/messages.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace cleave::cli {
namespace {

std::string best_text(const BestCase& best) {
    switch (best.objective) {
        case SweepObjective::latency: return show(Seconds(best.value));
        case SweepObjective::energy: return show(Joules(best.value));
        case SweepObjective::speedup:
        case SweepObjective::energy_gain: return show_ratio(best.value);
    }
    return "";
}

}  // namespace

void print_overview(const std::vector<CaseRecord>& cases, const Session& session) {
    for (const CaseRecord& record : cases) {
        if (!record.front || record.status == CaseStatus::stopped) {
            say(session, fmt::format("cleave: {}: {}: {}{}", record.front ? "warning" : "error",
                                     printable(record.name), name_of(record.status),
                                     record.error.empty() ? "" : ": " + printable(record.error)));
        }
    }
    if (session.quiet) {
        return;
    }
    using Align = Table::Align;
    Table table({{"network"}, {"objective"}, {"best", Align::right}, {"case"}});
    for (const BestCase& best : best_cases(cases)) {
        table.add({printable(best.network), name_of(best.objective), best_text(best),
                   printable(cases[best.index].name)});
    }
    std::fputs(table.text(session.err).c_str(), stderr);
}

int exit_status(const std::vector<CaseRecord>& cases) {
    constexpr std::array<std::pair<CaseStatus, int>, 4> kWorstFirst{{
        {CaseStatus::failure, kFailure},
        {CaseStatus::bad_input, kBadInput},
        {CaseStatus::stopped, kStopped},
        {CaseStatus::infeasible, kInfeasible},
    }};
    for (const auto& [status, exit] : kWorstFirst) {
        if (std::any_of(cases.begin(), cases.end(),
                        [s = status](const CaseRecord& c) { return c.status == s; })) {
            return exit;
        }
    }
    return kDone;
}

}  // namespace cleave::cli
