// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/sweep/cases.hpp"
#include "cleave/text/overrides.hpp"

#include <string>
#include <vector>

namespace cleave {

/// Most cases that one sweep may have.
inline constexpr std::size_t kMostCases = 100'000;

/// One exploration of a sweep: a configuration file and the values put into it.
struct SweepCase {
    std::string base;
    /// Applied in order: those of all cases, then those of this one.
    std::vector<Setting> settings;
    /// What makes this case different from others.
    std::vector<SweepParameter> parameters;
    /// Name of its result folder.
    std::string name;
};

struct SweepFile {
    /// Of the file, without folder and ending.
    std::string name;
    /// Of the file's bytes.
    std::string sha256;
    /// In the order of the file: bases, items of the list, values of the grid, the last key changing fastest.
    std::vector<SweepCase> cases;
};

/// Reads a sweep (docs/schema/sweep.schema.json). What is in its configurations is not looked at.
/// @throws InputError with all faults.
[[nodiscard]] SweepFile load_sweep(const std::string& file_name);

}  // namespace cleave
