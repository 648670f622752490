// SPDX-License-Identifier: Apache-2.0
#include "sweep_folder.hpp"

#include "cleave/sweep/write_report.hpp"
#include "cleave/text/messages.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <set>
#include <stdexcept>

namespace cleave::cli {
namespace {

namespace fs = std::filesystem;

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

std::optional<StoredCase> finished_case(const CaseStore& store, const SweepListing::Entry& entry) {
    std::optional<StoredCase> stored = read_case(store.path(entry.name));
    const bool same = stored && stored->inputs_sha256 == entry.inputs_sha256 &&
                      stored->record.name == entry.name && stored->record.parameters == entry.parameters;
    return same ? std::move(stored) : std::nullopt;
}

std::vector<CaseRecord> write_overview(const std::string& folder, const CaseStore& store,
                                       const SweepListing& listing) {
    std::vector<CaseRecord> records;
    std::set<std::string> known;
    for (std::size_t i = 0; i < listing.cases.size(); ++i) {
        if (listing.shard.has(i)) {
            std::optional<StoredCase> stored = finished_case(store, listing.cases[i]);
            if (!stored) {
                throw std::runtime_error(fmt::format("'{}' was changed while the sweep ran; run it again",
                                                     store.path(listing.cases[i].name)));
            }
            records.push_back(std::move(stored->record));
            known.insert(listing.cases[i].name);
        }
    }
    const bool whole = listing.shard == Shard{};
    const std::vector<LinkSensitivity> sensitivity =
        whole ? link_sensitivity(records) : std::vector<LinkSensitivity>{};
    const std::optional<SweepPart> part =
        whole ? std::nullopt
              : std::optional(SweepPart{listing.shard.index, listing.shard.count, listing.cases.size()});
    NamedFiles files{{"index.csv", index_csv(records)},
                     {"report.md", sweep_markdown(listing.name, records, part)},
                     {"summary.json", summary_json(listing, records)}};
    if (!sensitivity.empty()) {
        files.emplace_back(kSensitivityPlot, sensitivity_svg(sensitivity));
    }
    store.put_files(files);
    if (sensitivity.empty()) {
        std::error_code ignored;
        fs::remove(fs::path(folder) / kSensitivityPlot, ignored);
    }
    for (const std::string& name : store.names()) {
        if (known.count(name) == 0 && read_case(store.path(name))) {
            store.remove(name);
        }
    }
    store.close();
    return records;
}

void print_overview(const std::vector<CaseRecord>& cases, const Session& session) {
    for (const CaseRecord& record : cases) {
        if (!record.front || record.status == CaseStatus::stopped) {
            say(session, fmt::format("cleave: {}: {}: {}{}", record.front ? "warning" : "error",
                                     printable(record.name), case_status_name(record.status),
                                     record.error.empty() ? "" : ": " + printable(record.error)));
        }
    }
    if (session.quiet) {
        return;
    }
    using Align = Table::Align;
    Table table({{"network"}, {"objective"}, {"best", Align::right}, {"case"}});
    for (const BestCase& best : best_cases(cases)) {
        table.add({printable(best.network), sweep_objective_name(best.objective), best_text(best),
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
