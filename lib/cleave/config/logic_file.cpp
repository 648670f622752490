// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/logic_file.hpp"

#include "cleave/network/parameters.hpp"
#include "cleave/text/fields.hpp"
#include "cleave/text/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace cleave {
namespace {

/// Numbers of one CsdLogic.
constexpr std::size_t kLogicNumbers = 4;
constexpr std::int64_t kMostLogic = std::int64_t{1} << 50;

/// In one text, since a large network has very many.
std::string text_of_logic(const std::vector<CsdLogic>& shares) {
    std::vector<std::int64_t> numbers;
    for (const CsdLogic& logic : shares) {
        numbers.insert(numbers.end(), {logic.terms, logic.adders, logic.products, logic.filters});
    }
    return fmt::format("{}", fmt::join(numbers, " "));
}

/// Whole numbers between single spaces; nothing for any other text.
std::optional<std::vector<std::int64_t>> numbers_of(const std::string& text) {
    std::vector<std::int64_t> numbers;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        std::int64_t number = 0;
        const auto [behind, error] = std::from_chars(at, end, number);
        if (error != std::errc() || number < 0 || number > kMostLogic || (behind != end && *behind != ' ')) {
            return std::nullopt;
        }
        numbers.push_back(number);
        at = behind == end ? end : behind + 1;
        if (at == end && behind != end) {
            return std::nullopt;
        }
    }
    return numbers;
}

Json layer_logic_json(const std::string& name, const LayerLogic& logic) {
    Json json{{"name", name}, {"whole", text_of_logic({logic.whole})}};
    for (const auto& [axis, axis_name] : names_of(SplitAxis{})) {
        const auto at = static_cast<std::size_t>(axis);
        if (logic.shares[at].empty()) {
            continue;
        }
        Json& slices = json[std::string(axis_name)];
        slices["shares"] = text_of_logic(logic.shares[at]);
        if (!logic.order[at].empty()) {
            slices["order"] = fmt::format("{}", fmt::join(logic.order[at], " "));
        }
    }
    return json;
}

/// Shares that a layer has along an axis. A batch norm that goes along with slices has one for each channel.
std::size_t shares_of(const Network& network, LayerId id, SplitAxis axis) {
    const Op& op = network.layer(id).op;
    if (const auto* conv = std::get_if<Conv>(&op)) {
        const std::int64_t extent = axis == SplitAxis::groups     ? conv->groups
                                    : conv->groups > 1            ? 1
                                    : axis == SplitAxis::channels ? network.input(id).channels
                                                                  : conv->filters;
        return static_cast<std::size_t>(extent - 1);
    }
    const bool is_norm = std::holds_alternative<BatchNorm>(op) && axis == SplitAxis::groups;
    return is_norm ? static_cast<std::size_t>(network.output(id).channels) : 0;
}

/// Filters of a layer; of a batch norm one weight a channel. Nothing of what has no weights.
std::optional<Filters> weights_in(const Network& network, LayerId id) {
    if (index(id) < network.input_count()) {
        return std::nullopt;
    }
    if (std::holds_alternative<BatchNorm>(network.layer(id).op)) {
        return Filters{network.output(id).channels, 1, true};
    }
    return filters_of(network.layer(id).op, network.input(id));
}

class LogicReader {
public:
    LogicReader(const Network& network, FaultList& faults) : network_(network), faults_(faults) {
        for (std::size_t i = 0; i < network.layers().size(); ++i) {
            ids_.emplace(network.layer(layer_id(i)).name, layer_id(i));
        }
    }

    std::optional<WeightLogic> read(const Node& root) {
        const std::size_t before = faults_.size();
        Fields fields(root, faults_);
        if (!check_version(fields, "cleave_logic")) {
            return std::nullopt;
        }
        WeightLogic weights{fields.sha256("weights_sha256"), {}};
        weights.layers.resize(network_.layers().size());
        if (const auto layers = fields.require("layers")) {
            for (const Field& layer : layers->items("layers")) {
                read_layer(layer, weights);
            }
        }
        fields.done();
        if (faults_.size() == before) {
            check_complete(fields.self(), weights);
        }
        return faults_.size() == before ? std::optional(std::move(weights)) : std::nullopt;
    }

private:
    void read_layer(const Field& field, WeightLogic& weights) {
        Fields fields(field);
        const auto name = fields.require("name");
        const auto text = name ? name->text() : std::nullopt;
        const auto found = ids_.find(text.value_or(""));
        if (found == ids_.end()) {
            if (text) {
                name->fault(fmt::format("the network has no layer {}", quote(*text)));
            }
            return;
        }
        const LayerId id = found->second;
        const std::optional<Filters> filters = weights_in(network_, id);
        if (!filters || weights.layers[index(id)]) {
            name->fault(
                fmt::format("layer {} {}", quote(*text), filters ? "is listed twice" : "has no weights"));
            return;
        }
        most_ = *filters;
        LayerLogic& logic = weights.layers[index(id)].emplace();
        if (const auto whole = fields.require("whole")) {
            const std::vector<CsdLogic> one = read_shares(*whole);
            if (one.size() == 1) {
                logic.whole = one.front();
            } else if (!one.empty()) {
                whole->fault("needs four numbers");
            }
        }
        for (const auto& [axis, axis_name] : names_of(SplitAxis{})) {
            if (const auto slices = fields.find(std::string(axis_name))) {
                read_axis(*slices, id, axis, logic);
            }
        }
        fields.done();
    }

    void read_axis(const Field& field, LayerId id, SplitAxis axis, LayerLogic& logic) {
        Fields fields(field);
        const auto at = static_cast<std::size_t>(axis);
        const std::size_t expected = shares_of(network_, id, axis);
        if (const auto shares = fields.require("shares")) {
            logic.shares[at] = read_shares(*shares);
            if (!logic.shares[at].empty() && logic.shares[at].size() != expected) {
                shares->fault(fmt::format("needs {} times four numbers", expected));
            }
        }
        if (const auto order = fields.find("order")) {
            const std::optional<std::string> text = order->string();
            logic.order[at] = numbers_of(text.value_or("")).value_or(std::vector<std::int64_t>{});
            std::vector<std::int64_t> sorted = logic.order[at];
            std::sort(sorted.begin(), sorted.end());
            std::vector<std::int64_t> all(expected + 1);
            std::iota(all.begin(), all.end(), 0);
            if (text && sorted != all) {
                order->fault(fmt::format("needs each number from 0 to {} once", expected));
            }
        }
        fields.done();
    }

    /// Weights of 8 bits have four signed digits at most, the first of which is no adder.
    [[nodiscard]] bool is_possible(const CsdLogic& logic) const {
        constexpr std::int64_t kMostAdders = 3;
        return logic.terms <= most_.weights() && logic.products <= most_.weights() &&
               logic.adders <= kMostAdders * logic.products && logic.filters <= most_.count;
    }

    [[nodiscard]] std::vector<CsdLogic> read_shares(const Field& field) const {
        const std::optional<std::string> text = field.string();
        const auto numbers = text ? numbers_of(*text) : std::nullopt;
        std::vector<CsdLogic> shares;
        if (text && (!numbers || numbers->size() % kLogicNumbers != 0)) {
            field.fault("needs four numbers for each share, with single spaces between them");
        } else if (numbers) {
            for (std::size_t i = 0; i < numbers->size(); i += kLogicNumbers) {
                shares.push_back({(*numbers)[i], (*numbers)[i + 1], (*numbers)[i + 2], (*numbers)[i + 3]});
            }
            if (!std::all_of(shares.begin(), shares.end(),
                             [&](const CsdLogic& one) { return is_possible(one); })) {
                field.fault("is more than the layer's weights can make");
            }
        }
        return shares;
    }

    /// Every layer that costs ask for is there: heads of units, and batch norms that are hardware behind
    /// them.
    void check_complete(const Field& root, const WeightLogic& weights) const {
        const UnitGraph units(network_);
        for (const Unit& unit : units.units()) {
            check_layer(root, weights, unit.head, std::holds_alternative<Conv>(network_.layer(unit.head).op));
            const std::vector<FollowerRole> roles = follower_roles(network_, unit);
            for (std::size_t i = 0; i < roles.size(); ++i) {
                if (roles[i] == FollowerRole::hardware) {
                    check_layer(root, weights, unit.layers[i + 1], true);
                }
            }
        }
    }

    void check_layer(const Field& root, const WeightLogic& weights, LayerId id, bool has_slices) const {
        if (!weights_in(network_, id)) {
            return;
        }
        const auto& logic = weights.layers[index(id)];
        bool there = logic.has_value();
        for (const auto& [axis, axis_name] : names_of(SplitAxis{})) {
            there = there && (!has_slices || logic->shares[static_cast<std::size_t>(axis)].size() ==
                                                 shares_of(network_, id, axis));
        }
        if (!there) {
            root.fault(fmt::format("layer {} is missing, or an axis of it", quote(network_.layer(id).name)));
        }
    }

    const Network& network_;
    FaultList& faults_;
    std::unordered_map<std::string, LayerId> ids_;
    /// Of the layer that is read.
    Filters most_;
};

}  // namespace

std::string logic_json(const Network& network, const WeightLogic& weights) {
    Json layers = Json::array();
    for (std::size_t i = 0; i < weights.layers.size(); ++i) {
        if (const auto& logic = weights.layers[i]) {
            layers.push_back(layer_logic_json(network.layer(layer_id(i)).name, *logic));
        }
    }
    const Json json{{"cleave_logic", 1}, {"weights_sha256", weights.sha256}, {"layers", std::move(layers)}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<WeightLogic> read_logic(const Node& root, const Network& network, FaultList& faults) {
    return LogicReader(network, faults).read(root);
}

}  // namespace cleave
