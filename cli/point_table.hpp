// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga.hpp"
#include "cleave/partition/evaluate.hpp"
#include "table.hpp"

#include <string>

namespace cleave::cli {

/// Partitions for people, a row each, the first of which is the GPU alone.
class PointTable {
public:
    /// @param with_interval  with a column of the steady time between frames
    PointTable(const Fpga& fpga, const Score& baseline, bool with_interval);
    void add(const std::string& label, const std::string& id, const Score& score);
    [[nodiscard]] std::string text(const Style& style) const { return table_.text(style); }

private:
    const Fpga& fpga_;
    const Score& baseline_;
    bool with_interval_;
    Table table_;
};

}  // namespace cleave::cli
