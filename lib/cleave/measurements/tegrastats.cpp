// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/power_log.hpp"
#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace cleave {
namespace {

/// What a line of tegrastats says of power. The second and third figure of a rail are averages and maxima
/// since tegrastats was started, and not read.
struct Line {
    std::optional<Seconds> stamp;
    std::optional<double> load;
    bool has_load_field = false;
    std::vector<std::string> rails;
    std::vector<std::optional<Watts>> power;
    /// Whether rails have a unit.
    std::optional<bool> units;
};

/// A whole number from the front of a text, which it is taken from.
std::optional<std::int64_t> take_number(std::string_view& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

bool take(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) {
        return false;
    }
    text.remove_prefix(expected.size());
    return true;
}

/// "MM-DD-YYYY HH:MM:SS", as seconds.
std::optional<Seconds> read_stamp(std::string_view date, std::string_view time) {
    const auto month = take_number(date);
    const bool first = take(date, "-");
    const auto day = take_number(date);
    const bool second = take(date, "-");
    const auto year = take_number(date);
    const auto hour = take_number(time);
    const bool third = take(time, ":");
    const auto minute = take_number(time);
    const bool fourth = take(time, ":");
    const auto seconds = take_number(time);
    if (!month || !day || !year || !hour || !minute || !seconds || !first || !second || !third || !fourth ||
        !date.empty() || !time.empty()) {
        return std::nullopt;
    }
    using namespace std::chrono;
    const year_month_day ymd{std::chrono::year(static_cast<int>(*year)),
                             std::chrono::month(static_cast<unsigned>(*month)),
                             std::chrono::day(static_cast<unsigned>(*day))};
    if (!ymd.ok() || *hour > 23 || *minute > 59 || *seconds > 60) {
        return std::nullopt;
    }
    const auto days = sys_days(ymd).time_since_epoch().count();
    return Seconds(static_cast<double>(days) * 86400 +
                   static_cast<double>(*hour * 3600 + *minute * 60 + *seconds));
}

/// The figures of a rail: "4730/3120" in mW, "5139mW/4787mW" or "5139mW/4787mW/5339mW".
struct RailFigures {
    double current_mw = 0;
    bool unit = false;
};
enum class RailText { none, good, wrong_unit };

/// Whether a text is made like the figures of a rail; with the first of them.
RailText read_rail(std::string_view text, RailFigures& figures) {
    std::vector<bool> units;
    for (;;) {
        const auto value = take_number(text);
        if (!value) {
            return RailText::none;
        }
        const std::size_t end = std::min(text.find('/'), text.size());
        const std::string_view unit = text.substr(0, end);
        if (!unit.empty() && unit != "mW") {
            return unit == "W" || unit == "uW" || unit == "m" ? RailText::wrong_unit : RailText::none;
        }
        if (units.empty()) {
            figures = {static_cast<double>(*value), !unit.empty()};
        }
        units.push_back(!unit.empty());
        text.remove_prefix(end);
        if (text.empty()) {
            break;
        }
        text.remove_prefix(1);
    }
    const bool alike = std::all_of(units.begin(), units.end(), [&](bool u) { return u == units.front(); });
    return units.size() < 2 || units.size() > 3 ? RailText::none
           : alike                              ? RailText::good
                                                : RailText::wrong_unit;
}

/// "96%@1300", "93%@[1300,1300]", "0%", "@[1000,1000,1000]": the load, as a share. Nothing if there is none.
std::optional<double> read_load(std::string_view text) {
    const auto percent = take_number(text);
    return percent && take(text, "%") && *percent <= 100 ? std::optional(static_cast<double>(*percent) / 100)
                                                         : std::nullopt;
}

class TegrastatsReader {
public:
    TegrastatsReader(const ReportText& report, FaultList& faults) : report_(report), faults_(faults) {}

    std::optional<PowerLog> run() {
        const std::size_t before = faults_.size();
        PowerLog log{report_.file(), {}, {}, std::nullopt};
        std::optional<Line> first;
        for (std::size_t i = 0; i < report_.lines().size(); ++i) {
            if (trim(report_.lines()[i]).empty()) {
                continue;
            }
            auto line = read_line(i);
            if (!line) {
                continue;
            }
            if (!first) {
                first = line;
                log.rails = line->rails;
                log.stamp = line->stamp ? std::optional(Seconds(1)) : std::nullopt;
            } else if (!like_first(*line, *first, i)) {
                continue;
            }
            log.samples.push_back({report_.place(i), line->load, std::move(line->power), line->stamp});
        }
        if (faults_.size() == before && !first) {
            fault(0, "has no lines of tegrastats");
        }
        return faults_.size() == before ? std::optional(std::move(log)) : std::nullopt;
    }

private:
    void fault(std::size_t line, std::string message) {
        faults_.add(report_.place(line), "", std::move(message));
    }

    std::optional<Line> read_line(std::size_t number) {
        const auto fields = words(report_.lines()[number]);
        Line line;
        std::size_t at = 0;
        if (fields.size() > 1 && fields[0].find('-') != std::string_view::npos) {
            line.stamp = read_stamp(fields[0], fields[1]);
            if (!line.stamp) {
                faults_.add(report_.place(number, fields[0]), "",
                            "is no time of the form MM-DD-YYYY HH:MM:SS");
                return std::nullopt;
            }
            at = 2;
        }
        const std::size_t before = faults_.size();
        if (at >= fields.size() || fields[at] != "RAM") {
            fault(number,
                  "is no line of tegrastats that is known: it does not begin with RAM, or a time and RAM");
            return std::nullopt;
        }
        bool has_cpu = false;
        for (; at + 1 < fields.size(); ++at) {
            const std::string_view name = fields[at];
            const std::string_view value = fields[at + 1];
            has_cpu = has_cpu || name == "CPU";
            if (name == "GR3D_FREQ" || name == "GR3D") {
                line.has_load_field = true;
                line.load = read_load(value);
            } else if (name == "RAM" || name == "SWAP" || name == "IRAM" || name == "CPU") {
                ++at;
            } else {
                read_rail_field(number, name, value, line);
            }
        }
        if (!has_cpu || !line.has_load_field) {
            fault(number, fmt::format("has no {}: is the line cut?", has_cpu ? "GR3D_FREQ" : "CPU"));
        } else if (line.rails.empty()) {
            fault(number, "has no power rails: is the line cut, or tegrastats run without root?");
        }
        return faults_.size() == before ? std::optional(std::move(line)) : std::nullopt;
    }

    void read_rail_field(std::size_t number, std::string_view name, std::string_view value, Line& line) {
        RailFigures figures;
        const RailText text = read_rail(value, figures);
        const bool is_rail = text == RailText::good;
        if (text == RailText::wrong_unit || (is_rail && line.units.value_or(figures.unit) != figures.unit)) {
            faults_.add(
                report_.place(number, value), "",
                fmt::format("{} of {} is in no unit that is known: mW for all figures, or none at all",
                            quote(value), quote(name)));
        } else if (is_rail && line.stamp && !figures.unit) {
            faults_.add(
                report_.place(number, value), "",
                fmt::format("{} of {} has no unit: lines with a time have mW", quote(value), quote(name)));
        } else if (is_rail) {
            line.units = figures.unit;
            line.rails.emplace_back(name);
            // Sensors that are not connected.
            line.power.push_back(name == "NC" ? std::nullopt
                                              : std::optional(Watts(figures.current_mw * 1e-3)));
        }
    }

    bool like_first(const Line& line, const Line& first, std::size_t number) {
        if (line.rails != first.rails) {
            std::vector<std::string> missing;
            for (const std::string& rail : first.rails) {
                if (std::find(line.rails.begin(), line.rails.end(), rail) == line.rails.end()) {
                    missing.push_back(rail);
                }
            }
            fault(number, missing.empty()
                              ? "has other rails than the first line"
                              : fmt::format("has no {}, unlike the first line: is it cut?", join(missing)));
            return false;
        }
        if (line.units != first.units || line.stamp.has_value() != first.stamp.has_value()) {
            fault(number, "is of another release of tegrastats than the first line");
            return false;
        }
        return true;
    }

    const ReportText& report_;
    FaultList& faults_;
};

}  // namespace

std::optional<PowerLog> read_tegrastats(const ReportText& report, FaultList& faults) {
    return TegrastatsReader(report, faults).run();
}

}  // namespace cleave
