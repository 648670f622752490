// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/sweep/case_store.hpp"
#include "cleave/sweep/cases.hpp"
#include "cleave/text/node.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Part of a sweep: every `count`-th case, from the `index`-th (from 1) on.
struct Shard {
    std::size_t index = 1;
    std::size_t count = 1;

    [[nodiscard]] bool has(std::size_t position) const { return position % count == index - 1; }
    friend bool operator==(const Shard&, const Shard&) = default;
};

/// sweep.json: which cases there are, finished or not.
struct SweepListing {
    struct Entry {
        std::string name;
        std::vector<SweepParameter> parameters;
        /// Of everything that the case's results depend on.
        std::string inputs_sha256;

        friend bool operator==(const Entry&, const Entry&) = default;
    };
    std::string name;
    /// Of the sweep file's bytes.
    std::string sha256;
    /// Of the whole sweep.
    std::vector<Entry> cases;
    Shard shard;
};

[[nodiscard]] std::string sweep_json(const SweepListing& listing);
/// Reads sweep.json. @return nothing if there are faults, which are all of them
[[nodiscard]] std::optional<SweepListing> read_listing(const Node& document, FaultList& faults);

/// A finished case as its folder says.
struct StoredCase {
    CaseRecord record;
    std::string inputs_sha256;
    /// Without case.json.
    std::vector<std::string> files;
};

/// case.json, the mark of a finished case: the record, the hash of its inputs and of each of its files.
[[nodiscard]] std::string case_json(const CaseRecord& record, const std::string& inputs_sha256,
                                    const NamedFiles& files);
/// Reads the folder of a case, and compares every file with its hash.
/// @return nothing if it is not a whole result.
[[nodiscard]] std::optional<StoredCase> read_case(const std::string& folder);
/// The case as it is in the store, if it is finished and its inputs are those of the listing.
[[nodiscard]] std::optional<StoredCase> finished_case(const CaseStore& store,
                                                      const SweepListing::Entry& entry);

/// index.csv: a line for each case. Fields are quoted as RFC 4180 says.
[[nodiscard]] std::string index_csv(const std::vector<CaseRecord>& cases);
/// summary.json (docs/schema/sweep_summary.schema.json).
[[nodiscard]] std::string summary_json(const SweepListing& listing, const std::vector<CaseRecord>& cases);

}  // namespace cleave
