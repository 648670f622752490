// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/sweep/case_files.hpp"
#include "commands.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cleave::cli {

/// The case as it is in the store, if it is finished and its inputs are those of the listing.
[[nodiscard]] std::optional<StoredCase> finished_case(const CaseStore& store,
                                                      const SweepListing::Entry& entry);

/// Writes index, report and summary of the listing's shard from the folders of its cases, all of which are
/// finished, and removes folders of other cases. @throws WriteError
/// @return the records, in the order of the listing
[[nodiscard]] std::vector<CaseRecord> write_overview(const std::string& folder, const CaseStore& store,
                                                     const SweepListing& listing);

/// Says how the cases ended and which were best, on standard error.
void print_overview(const std::vector<CaseRecord>& cases, const Session& session);

/// That of the case that ended worst: failure before bad input, a stopped search, constraints not met.
[[nodiscard]] int exit_status(const std::vector<CaseRecord>& cases);

}  // namespace cleave::cli
