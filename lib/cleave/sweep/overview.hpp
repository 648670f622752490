// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/sweep/case_files.hpp"

#include <string>
#include <vector>

namespace cleave {

/// Writes index, report and summary of the listing's shard from the folders of its cases, all of which are
/// finished, and removes folders of other cases. @throws WriteError
/// @return the records, in the order of the listing
[[nodiscard]] std::vector<CaseRecord> write_overview(const std::string& folder, const CaseStore& store,
                                                     const SweepListing& listing);

}  // namespace cleave
