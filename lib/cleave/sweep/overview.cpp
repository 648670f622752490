// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/overview.hpp"

#include "cleave/sweep/write_report.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <stdexcept>

namespace cleave {

namespace fs = std::filesystem;

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

}  // namespace cleave
