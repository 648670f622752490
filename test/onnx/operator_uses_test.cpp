// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/expand_operators.hpp"
#include "cleave/onnx/operators.hpp"
#include "onnx/imported.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// Operations of a network that is the operator alone on a map, or nothing if it is refused.
std::optional<std::string> operations_of(const Operator& op) {
    ModelBuilder b({1, 4, 2, 2});
    b.add("out", op.name, {"x"});
    OnnxModel model = b.build("out");
    model.nodes.back().domain = op.domain;
    model.outputs.front().dims = {1, 4, 2, 2};
    expand_operators(model);
    try {
        return operations(import(model).network);
    } catch (const OnnxError&) {
        return std::nullopt;
    }
}

}  // namespace

TEST_CASE("operators become what their table says", "[onnx]") {
    std::map<OperatorUse, int> others;
    std::set<std::pair<std::string, std::string>> names;
    for (const Operator& op : known_operators()) {
        CAPTURE(op.domain, op.name);
        CHECK(names.emplace(op.domain, op.name).second);
        const auto found = operations_of(op);
        others[op.use] += found == "other" ? 1 : 0;
        if (op.use == OperatorUse::refused) {
            CHECK(!found);
        } else if (op.use == OperatorUse::moved || op.use == OperatorUse::work) {
            CHECK(found.value_or("other") == "other");
        }
    }
    // Many need more than one input, so these are not all.
    CHECK(others[OperatorUse::moved] > 50);
    CHECK(others[OperatorUse::refused] == 0);
    for (const char* name : {"Conv", "Resize", "QLinearConv", "LSTM", "If"}) {
        CHECK(names.contains({"", name}));
    }
}
