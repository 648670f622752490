// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/operators.hpp"

#include "cleave/onnx/expand_operators.hpp"
#include "cleave/onnx/quantisation.hpp"
#include "cleave/onnx/translator.hpp"

#include <map>
#include <utility>

namespace cleave {

std::vector<Operator> known_operators() {
    std::map<std::pair<std::string, std::string>, OperatorUse> uses;
    for (const std::string& name : library_operators()) {
        uses[{"", name}] = OperatorUse::moved;
    }
    for (const std::string& name : operators_with_work()) {
        uses[{"", name}] = OperatorUse::work;
    }
    for (const auto& [name, handler] : Translator::handlers()) {
        if (!fake_quantisers().contains(name)) {
            uses[{"", name}] = OperatorUse::layer;
        }
    }
    for (const std::string& name : control_flow()) {
        uses[{"", name}] = OperatorUse::refused;
    }
    for (const auto& [domain, name] : composite_operators()) {
        uses[{domain, name}] = OperatorUse::parts;
    }
    for (const std::string& domain : fake_quantiser_domains()) {
        for (const std::string& name : fake_quantisers()) {
            const bool translated = Translator::handlers().contains(name);
            uses[{domain, name}] = translated ? OperatorUse::layer : OperatorUse::moved;
        }
    }
    std::vector<Operator> list;
    list.reserve(uses.size());
    for (const auto& [key, use] : uses) {
        list.push_back({key.first, key.second, use});
    }
    return list;
}

}  // namespace cleave
