// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/read_sweep.hpp"

#include "cleave/text/fields.hpp"
#include "cleave/text/yaml_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

namespace cleave {
namespace {

namespace fs = std::filesystem;

/// A value on one line, for people.
std::string one_line(const Node& node) {
    if (node.kind == NodeKind::null) {
        return "null";
    }
    if (node.kind == NodeKind::scalar) {
        return node.text;
    }
    const bool map = node.kind == NodeKind::map;
    std::string text;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        text += (text.empty() ? "" : ", ") + (map ? node.keys[i].text + ": " : std::string());
        text += one_line(node.children[i]);
    }
    return map ? "{" + text + "}" : "[" + text + "]";
}

/// Values that go together in a case.
using Settings = std::vector<Setting>;

class SweepReader {
public:
    SweepReader(const std::string& file_name, FaultList& faults)
        : folder_(fs::path(file_name).parent_path()), faults_(faults) {}

    void read(const Node& root, SweepFile& sweep) {
        Fields fields(root, faults_);
        if (!check_version(fields, "cleave_sweep")) {
            return;
        }
        if (const auto field = fields.require("base")) {
            read_bases(*field);
        }
        if (const auto field = fields.find("set")) {
            common_ = read_settings(*field);
        }
        if (const auto field = fields.find("list")) {
            read_list(*field);
        }
        if (const auto field = fields.find("grid")) {
            read_grid(*field);
        }
        fields.done();
        if (faults_.empty()) {
            assemble(sweep);
        }
    }

private:
    void read_bases(const Field& field) {
        const std::vector<Field> items =
            field.is(NodeKind::sequence) ? field.items("configurations") : std::vector<Field>{field};
        if (items.empty()) {
            field.fault("is empty (a configuration file, or a list of them, is needed)");
        }
        std::set<std::string> seen;
        for (const Field& item : items) {
            const std::optional<std::string> text = item.string();
            if (!text) {
                continue;
            }
            if (!seen.insert(*text).second) {
                item.fault(fmt::format("{} is listed twice", quote(*text)));
            }
            const std::string path = (folder_ / *text).string();
            (void)read_file(path, Reference{item.node().place, item.path()}, faults_);
            bases_.emplace_back(*text, path);
        }
    }

    /// A key that no other part of the sweep gives as well.
    void claim(const Key& key, const char* part) {
        const auto [found, fresh] = parts_.emplace(key.text, part);
        if (!fresh && found->second != part) {
            faults_.add(key.place, part, fmt::format("{} is also in {}", quote(key.text), found->second));
        }
        if (key.text == kBaseKey || key.text.empty() || key.text.front() == '.' || key.text.back() == '.' ||
            key.text.find("..") != std::string::npos) {
            faults_.add(key.place, part,
                        fmt::format("{} is no key of a configuration (one such as fpga.clock is needed)",
                                    quote(key.text)));
        }
    }

    Settings read_settings(const Field& field, const char* part = "set") {
        Settings settings;
        for (const auto& [key, value] : field.named_items("values")) {
            claim(key, part);
            settings.push_back({key, value.node(), one_line(value.node())});
        }
        return settings;
    }

    void read_list(const Field& field) {
        const std::vector<Field> items = field.items("maps of keys and values");
        if (field.is(NodeKind::sequence) && items.empty()) {
            field.fault("is empty (a list of maps of keys and values is needed)");
        }
        std::set<std::string> seen;
        for (const Field& item : items) {
            list_.push_back(read_settings(item, "list"));
            if (!seen.insert(one_line(item.node())).second) {
                item.fault("is listed twice");
            }
        }
    }

    void read_grid(const Field& field) {
        for (const auto& [key, values] : field.named_items("lists of values")) {
            claim(key, "grid");
            std::vector<Setting> axis;
            std::set<std::string> seen;
            for (const Field& value : values.items("values")) {
                const std::string text = one_line(value.node());
                if (!seen.insert(text).second) {
                    value.fault(fmt::format("{} is listed twice", quote(text)));
                }
                axis.push_back({key, value.node(), text});
            }
            if (values.is(NodeKind::sequence) && axis.empty()) {
                values.fault("is empty (a list of values is needed)");
            }
            grid_.push_back(std::move(axis));
        }
        std::size_t cases = std::max<std::size_t>(bases_.size(), 1) * std::max<std::size_t>(list_.size(), 1);
        for (const auto& axis : grid_) {
            cases *= std::max<std::size_t>(axis.size(), 1);
            if (cases > kMostCases) {
                field.fault(
                    fmt::format("makes more than {} cases, the most that a sweep may have", kMostCases));
                return;
            }
        }
    }

    /// Calls `use` with the settings of each point of the grid, the last axis changing fastest.
    template <class Use>
    void for_each_grid_point(Settings settings, std::size_t axis, const Use& use) const {
        if (axis == grid_.size()) {
            use(settings);
            return;
        }
        for (const Setting& value : grid_[axis]) {
            settings.push_back(value);
            for_each_grid_point(settings, axis + 1, use);
            settings.pop_back();
        }
    }

    void assemble(SweepFile& sweep) {
        const std::vector<Settings> items = list_.empty() ? std::vector<Settings>(1) : list_;
        std::vector<std::vector<SweepParameter>> parameters;
        for (const auto& [name, path] : bases_) {
            for (const Settings& item : items) {
                for_each_grid_point(item, 0, [&, base = &name, file = &path](const Settings& settings) {
                    SweepCase one{*file, common_, {}, ""};
                    if (bases_.size() > 1) {
                        one.parameters.push_back({kBaseKey, *base});
                    }
                    for (const Setting& setting : settings) {
                        one.parameters.push_back({setting.key.text, setting.text});
                        one.settings.push_back(setting);
                    }
                    parameters.push_back(one.parameters);
                    sweep.cases.push_back(std::move(one));
                });
            }
        }
        std::vector<std::string> names = case_names(parameters);
        for (std::size_t i = 0; i < names.size(); ++i) {
            sweep.cases[i].name = std::move(names[i]);
        }
    }

    fs::path folder_;
    FaultList& faults_;
    /// As written, and as a path.
    std::vector<std::pair<std::string, std::string>> bases_;
    Settings common_;
    std::vector<Settings> list_;
    std::vector<std::vector<Setting>> grid_;
    /// Which part of the sweep gives a key.
    std::map<std::string, std::string> parts_;
};

}  // namespace

SweepFile load_sweep(const std::string& file_name) {
    FaultList faults;
    SweepFile sweep;
    if (const std::optional<YamlFile> file = read_yaml_file(file_name, std::nullopt, faults)) {
        sweep.name = fs::path(file_name).stem().string();
        sweep.sha256 = sha256(file->bytes);
        SweepReader(file_name, faults).read(file->root, sweep);
    }
    faults.throw_if_any();
    return sweep;
}

}  // namespace cleave
