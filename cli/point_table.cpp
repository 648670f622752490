// SPDX-License-Identifier: Apache-2.0
#include "point_table.hpp"

#include "cleave/units/show.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace cleave::cli {
namespace {

Table empty_table(bool with_interval) {
    using Align = Table::Align;
    std::vector<Table::Column> columns{{"point"},
                                       {"id"},
                                       {"latency", Align::right},
                                       {"energy", Align::right},
                                       {"speed-up", Align::right},
                                       {"energy gain", Align::right},
                                       {"ALM", Align::right},
                                       {"DSP", Align::right},
                                       {"M20K", Align::right},
                                       {"link", Align::right},
                                       {"strategies"}};
    if (with_interval) {
        columns.insert(columns.begin() + 3, {"interval", Align::right});
    }
    return Table(std::move(columns));
}

}  // namespace

PointTable::PointTable(const Fpga& fpga, const Score& baseline, bool with_interval)
    : fpga_(fpga), baseline_(baseline), with_interval_(with_interval), table_(empty_table(with_interval)) {
    add("GPU only", "", baseline);
}

void PointTable::add(const std::string& label, const std::string& id, const Score& score) {
    const Resources real = fpga_.occupied(score.demand);
    const auto ratio = [](auto a, auto b) {
        return b.ticks() > 0 ? show_ratio(static_cast<double>(a.ticks()) / static_cast<double>(b.ticks()))
                             : "-";
    };
    std::vector<std::string> cells{label,
                                   id,
                                   show(to_si(score.latency)),
                                   show(to_si(score.energy)),
                                   ratio(baseline_.latency, score.latency),
                                   ratio(baseline_.energy, score.energy),
                                   show_count(real.alm),
                                   show_count(real.dsp),
                                   show_count(real.m20k),
                                   show_bytes(score.link_bytes),
                                   fmt::format("{}", fmt::join(strategies_used(score), " "))};
    if (with_interval_) {
        cells.insert(cells.begin() + 3, show(to_si(score.interval)));
    }
    table_.add(std::move(cells));
}

}  // namespace cleave::cli
