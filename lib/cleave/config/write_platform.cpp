// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/write_platform.hpp"

#include "cleave/text/node.hpp"
#include "cleave/text/write_yaml.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

Node text(std::string value) {
    Node node;
    node.kind = NodeKind::scalar;
    node.text = std::move(value);
    node.quoted = true;
    return node;
}

/// A number, with its unit if it has one.
Node number(std::string value) {
    Node node = text(std::move(value));
    node.quoted = false;
    return node;
}

Node map(std::vector<std::pair<std::string, Node>> fields) {
    Node node;
    node.kind = NodeKind::map;
    for (auto& [key, value] : fields) {
        node.keys.push_back({key, {}});
        node.children.push_back(std::move(value));
    }
    return node;
}

/// In pJ/B, with digits that read as the same number of J/B again.
std::string energy_text(JoulesPerByte energy) {
    std::array<char, 40> digits{};
    char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), energy.value(),
                                    std::chars_format::scientific)
                          .ptr;
    const std::string text(digits.data(), end);
    const std::size_t e = text.find('e');
    return energy.value() == 0
               ? "0 pJ/B"
               : fmt::format("{}e{} pJ/B", text.substr(0, e), std::stoi(text.substr(e + 1)) + 12);
}

Node direction(const LinkDirection& link) {
    return map({{"floor", number(fmt::format("{} s", link.floor.value()))},
                {"overhead", number(fmt::format("{} s", link.overhead.value()))},
                {"bandwidth", number(fmt::format("{} B/s", link.bandwidth.value()))},
                {"exponent", number(fmt::format("{}", link.exponent))},
                {"sync", number(fmt::format("{} s", link.sync.value()))}});
}

/// One value for the only implementation, or one by name for each.
Node clocks(const Fpga& fpga) {
    const auto clock = [](const ClockedImplementation& one) {
        return number(fmt::format("{} Hz", one.clock.value()));
    };
    if (fpga.implementations().size() == 1) {
        return clock(fpga.implementations().front());
    }
    std::vector<std::pair<std::string, Node>> all;
    for (const ClockedImplementation& one : fpga.implementations()) {
        all.emplace_back(fpga.implementation(one.number).name, clock(one));
    }
    return map(std::move(all));
}

Node implementations(const Fpga& fpga) {
    Node list;
    list.kind = NodeKind::sequence;
    for (const ClockedImplementation& one : fpga.implementations()) {
        list.children.push_back(text(fpga.implementation(one.number).name));
    }
    return list.children.size() == 1 ? list.children.front() : list;
}

Node settings(const Platform& platform) {
    const Fpga& fpga = platform.fpga;
    return map({{"gpu", map({{"profile", text(platform.gpu.profile().name)},
                             {"power_mode", text(platform.gpu.mode().name)}})},
                {"fpga", map({{"implementation", implementations(fpga)},
                              {"clock", clocks(fpga)},
                              {"capacity", map({{"alm", number(std::to_string(fpga.capacity().alm))},
                                                {"dsp", number(std::to_string(fpga.capacity().dsp))},
                                                {"m20k", number(std::to_string(fpga.capacity().m20k))}})}})},
                {"link", map({{"to_fpga", direction(platform.link.to_fpga)},
                              {"to_gpu", direction(platform.link.to_gpu)},
                              {"energy", number(energy_text(platform.link.energy))},
                              {"hand_over", text(name_of(platform.hand_over))}})},
                {"energy", map({{"scope", text(name_of(platform.energy_scope))},
                                {"conversion", text(name_of(platform.conversion))},
                                {"unused_fpga", text(name_of(platform.unused_fpga))}})},
                {"resources", map({{"scope", text(name_of(platform.resource_scope))}})}});
}

Node document(const std::string& bytes) {
    FaultList faults;
    std::optional<Node> root = parse_yaml(bytes, "model", faults);
    if (!root || !faults.empty()) {
        throw std::logic_error("a model that was read before cannot be read");
    }
    return std::move(*root);
}

}  // namespace

std::string platform_yaml(const ExploreConfig& config) {
    const ExploreInputs& inputs = config.inputs;
    return write_yaml(
        map({{"cleave_platform", number("1")},
             {"settings", settings(config.request.platform)},
             {"gpu", document(inputs.gpu)},
             {"fpga", document(inputs.fpga)},
             {"link", document(inputs.link)}}),
        "The platform that the point was found for: settings, then the models that they are of.");
}

}  // namespace cleave
