// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/regions.hpp"

#include <algorithm>
#include <utility>

namespace cleave {
namespace {

/// What a region is, as far as it matters for putting chains together.
enum class RegionKind { branches, pointwise, depthwise, convolution, fully_connected, to_vector, other };

struct Region {
    DraftModule range;
    RegionKind kind = RegionKind::other;
};

bool is_pointwise(const Conv& conv) { return conv.window.kernel_h == 1 && conv.window.kernel_w == 1; }

RegionKind kind_of(const Draft& draft, std::size_t i) {
    const DraftLayer& layer = draft.layers[i];
    const Shape& in = draft.layers[layer.inputs.front()].shape;
    if (const auto* conv = std::get_if<Conv>(&layer.op)) {
        return is_depthwise(*conv, in) ? RegionKind::depthwise
               : is_pointwise(*conv)   ? RegionKind::pointwise
                                       : RegionKind::convolution;
    }
    if (std::holds_alternative<FullyConnected>(layer.op)) {
        return RegionKind::fully_connected;
    }
    const bool averages_all =
        std::holds_alternative<Pool>(layer.op) && layer.shape.positions() == 1 && in.positions() > 1;
    return std::holds_alternative<GlobalAveragePool>(layer.op) || std::holds_alternative<Flatten>(layer.op) ||
                   averages_all
               ? RegionKind::to_vector
               : RegionKind::other;
}

/// Regions between places where one feature map is all that later layers need, each with the followers and
/// the shuffle behind it.
std::vector<Region> find_regions(const Draft& draft) {
    const std::size_t count = draft.layers.size();
    std::vector<std::size_t> last_reader(count, 0);
    for (std::size_t i = 0; i < count; ++i) {
        for (const std::size_t in : draft.layers[i].inputs) {
            last_reader[in] = i;
        }
    }
    std::vector<Region> regions;
    std::size_t first = draft.input_count;
    // Up to here something before layer i is read.
    std::size_t needed = 0;
    for (std::size_t i = 0; i < draft.input_count; ++i) {
        needed = std::max(needed, last_reader[i]);
    }
    for (std::size_t i = draft.input_count; i < count; ++i) {
        if (needed <= i) {
            const bool single = i == first;
            const Op& op = draft.layers[i].op;
            const bool shuffle = std::holds_alternative<Shuffle>(op);
            const bool behind_branches = !regions.empty() && regions.back().range.branches;
            if (single && !regions.empty() && (is_follower(op) || (shuffle && behind_branches))) {
                regions.back().range.last = i;
            } else {
                regions.push_back({{first, i, !single}, single ? kind_of(draft, i) : RegionKind::branches});
            }
            first = i + 1;
        }
        needed = std::max(needed, last_reader[i]);
    }
    return regions;
}

/// Puts regions that follow each other together to modules.
class Grouping {
public:
    explicit Grouping(const std::vector<Region>& regions) : regions_(regions) {}

    std::vector<DraftModule> run() {
        while (at_ < regions_.size()) {
            const RegionKind kind = regions_[at_].kind;
            modules_.push_back(regions_[at_++].range);
            switch (kind) {
                case RegionKind::branches: break;
                case RegionKind::pointwise:
                case RegionKind::depthwise:
                case RegionKind::convolution: convolution(kind); break;
                case RegionKind::to_vector:
                    take_while(RegionKind::to_vector);
                    if (is(at_, RegionKind::fully_connected)) {
                        take();
                        take_while(RegionKind::other);
                    }
                    break;
                case RegionKind::fully_connected:
                case RegionKind::other: take_while(RegionKind::other); break;
            }
        }
        return std::move(modules_);
    }

private:
    [[nodiscard]] bool is(std::size_t i, RegionKind kind) const {
        return i < regions_.size() && regions_[i].kind == kind;
    }

    /// The next region joins the last module.
    void take() { modules_.back().last = regions_[at_++].range.last; }

    /// Takes regions of a kind, and of no kind that matters.
    void take_while(RegionKind kind) {
        while (is(at_, kind) || is(at_, RegionKind::other)) {
            take();
        }
    }

    void convolution(RegionKind kind) {
        if (kind == RegionKind::pointwise && is(at_, RegionKind::branches)) {
            // The squeeze before an expand.
            modules_.back().branches = true;
            take();
            return;
        }
        if (kind == RegionKind::pointwise && is(at_, RegionKind::depthwise) &&
            is(at_ + 1, RegionKind::pointwise)) {
            take();
            take();
        } else if (kind == RegionKind::depthwise && is(at_, RegionKind::pointwise)) {
            take();
        }
        take_while(RegionKind::other);
        if (!classifier_follows()) {
            take_while(RegionKind::to_vector);
        }
    }

    [[nodiscard]] bool classifier_follows() const {
        std::size_t i = at_;
        while (is(i, RegionKind::to_vector) || is(i, RegionKind::other)) {
            ++i;
        }
        return is(i, RegionKind::fully_connected);
    }

    const std::vector<Region>& regions_;
    std::vector<DraftModule> modules_;
    std::size_t at_ = 0;
};

}  // namespace

bool is_follower(const Op& op) {
    return std::holds_alternative<BatchNorm>(op) || std::holds_alternative<Activation>(op) ||
           std::holds_alternative<Dropout>(op);
}

std::vector<std::size_t> followed_layers(const Draft& draft) {
    std::vector<int> readers(draft.layers.size(), 0);
    for (const std::size_t result : draft.results) {
        ++readers[result];
    }
    for (const DraftLayer& layer : draft.layers) {
        for (const std::size_t in : layer.inputs) {
            ++readers[in];
        }
    }
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < draft.layers.size(); ++i) {
        const DraftLayer& layer = draft.layers[i];
        const bool follows = is_follower(layer.op) && layer.inputs.front() >= draft.input_count &&
                             readers[layer.inputs.front()] == 1;
        result.push_back(follows ? layer.inputs.front() : i);
    }
    return result;
}

std::vector<DraftModule> find_modules(const Draft& draft) { return Grouping(find_regions(draft)).run(); }

}  // namespace cleave
