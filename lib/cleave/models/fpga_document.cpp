// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/fpga_document.hpp"

#include "cleave/models/read_model.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/yaml_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace cleave {
namespace {

/// Without their marks.
std::string leading_comment(const std::string& text) {
    std::istringstream lines(text);
    std::string comment;
    for (std::string line; std::getline(lines, line) && line.starts_with("#");) {
        comment += line.substr(line.starts_with("# ") ? 2 : 1) + "\n";
    }
    return comment;
}

}  // namespace

FpgaDocument read_fpga_document(const std::string& name, const std::string& implementation) {
    FaultList faults;
    auto file = read_yaml_file(name, std::nullopt, faults);
    const auto model = file ? read_fpga_model(file->root, faults) : std::nullopt;
    faults.throw_if_any();
    const auto& known = model.value().model.implementations;
    if (std::none_of(known.begin(), known.end(),
                     [&](const Implementation& i) { return i.name == implementation; })) {
        faults.add(file->root.place, "implementations",
                   fmt::format("there is no implementation {}", quote(implementation)));
        faults.throw_if_any();
    }
    return {std::move(file->root), model.value().sheet.name, leading_comment(file->bytes)};
}

}  // namespace cleave
