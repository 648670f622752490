// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/operators.hpp"
#include "commands.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cleave::cli {
namespace {

std::string becomes(OperatorUse use) {
    switch (use) {
        case OperatorUse::layer: return "a layer or a view of one, where attributes and shapes allow";
        case OperatorUse::parts: return "the operators that it is made of";
        case OperatorUse::work: return "`other`, by its multiply-accumulates and bytes";
        case OperatorUse::moved: return "`other`, by its bytes";
        case OperatorUse::refused: return "refused";
    }
    return "";
}

}  // namespace

int run_network_operators(const NetworkOperatorsOptions& /*options*/, const Session& /*session*/) {
    std::map<std::pair<OperatorUse, std::string>, std::vector<std::string>> rows;
    for (const Operator& op : known_operators()) {
        rows[{op.use, op.domain}].push_back(op.name);
    }
    std::string text = "| reading a feature map, it becomes | domain | operators |\n|---|---|---|\n";
    for (const auto& [key, names] : rows) {
        text += fmt::format("| {} | {} | {} |\n", becomes(key.first),
                            key.second.empty() ? "ONNX" : "`" + key.second + "`", fmt::join(names, ", "));
    }
    std::fputs(text.c_str(), stdout);
    return kDone;
}

}  // namespace cleave::cli
