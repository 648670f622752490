// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_inputs.hpp"

#include "cleave/text/messages.hpp"

#include <fmt/format.h>

namespace cleave {
namespace {

const char* const kOnlyInput = "input";

Input read_size(Fields& fields) {
    Input input{{1, 1, 1}};
    const auto extent = [&](const char* key, std::int64_t& value) {
        if (const auto size = fields.require(key)) {
            value = size->integer({1, kLargestExtent}).value_or(1);
        }
    };
    extent("channels", input.shape.channels);
    extent("height", input.shape.height);
    extent("width", input.shape.width);
    fields.done();
    return input;
}

}  // namespace

std::vector<WrittenInput> read_inputs(Fields& root) {
    const std::optional<Field> several = root.find("inputs");
    if (!several) {
        const std::optional<Field> one = root.require(kOnlyInput);
        if (!one) {
            return {{kOnlyInput, Input{{1, 1, 1}}, std::nullopt}};
        }
        Fields fields(*one);
        return {{kOnlyInput, read_size(fields), one}};
    }
    std::vector<WrittenInput> inputs;
    std::map<std::string, int> lines;
    for (const Field& item : several->items("inputs")) {
        Fields fields(item);
        const std::optional<Field> name = fields.require("name");
        const std::string text = name ? name->name().value_or(item.path()) : item.path();
        if (name) {
            check_unique(lines, text, *name, fmt::format("input name {} is", quote(text)));
        }
        inputs.push_back({text, read_size(fields), item});
    }
    if (inputs.empty()) {
        if (several->is(NodeKind::sequence)) {
            several->fault("is empty (at least one input is needed)");
        }
        inputs.push_back({kOnlyInput, Input{{1, 1, 1}}, several});
    }
    return inputs;
}

void check_unique(std::map<std::string, int>& lines, const std::string& name, const Field& field,
                  const std::string& subject) {
    const auto [first, inserted] = lines.emplace(name, field.node().place.line);
    if (!inserted) {
        field.fault(fmt::format("the {} used twice (first in line {})", subject, first->second));
    }
}

}  // namespace cleave
