// SPDX-License-Identifier: Apache-2.0
#include "support/networks.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace cleave::testing {

Window square(std::int64_t kernel, std::int64_t stride, std::int64_t pad) {
    return {kernel, kernel, stride, stride, 1, 1, pad, pad, pad, pad};
}

Conv conv_op(std::int64_t filters, std::int64_t kernel, std::int64_t stride, std::int64_t pad,
             std::int64_t groups) {
    return {square(kernel, stride, pad), filters, groups, true};
}

Chain::Chain(const Shape& input, const std::string& module) : builder_("test") {
    builder_.begin_module(module);
    last_ = builder_.add("in", Input{input}, {});
    names_.emplace_back("in");
}

Chain& Chain::module(const std::string& name) {
    builder_.begin_module(name);
    return *this;
}

Chain& Chain::then(const std::string& name, const Op& op) {
    last_ = builder_.add(name, op, {last_});
    names_.push_back(name);
    return *this;
}

Chain& Chain::add(const std::string& name, const Op& op, const std::vector<std::string>& inputs) {
    std::vector<LayerId> ids;
    ids.reserve(inputs.size());
    for (const std::string& input : inputs) {
        ids.push_back(find(input));
    }
    last_ = builder_.add(name, op, ids);
    names_.push_back(name);
    return *this;
}

Network Chain::build() {
    Network network = builder_.build();
    if (!builder_.faults().empty()) {
        throw std::logic_error("faulty test network: " + builder_.faults().front().message);
    }
    return network;
}

LayerId Chain::find(const std::string& name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end()) {
        throw std::logic_error("no layer " + name);
    }
    return layer_id(static_cast<std::size_t>(found - names_.begin()));
}

LayerId find_layer(const Network& network, const std::string& name) {
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        if (network.layers()[i].name == name) {
            return layer_id(i);
        }
    }
    throw std::logic_error("no layer " + name);
}

namespace {

/// Adds random blocks to a network; each reads one feature map and yields one.
class BlockMaker {
public:
    BlockMaker(Random& random, Outputs outputs) : random_(random), outputs_(outputs), builder_("random") {
        builder_.begin_module("m0");
        const Shape input{random_.between(1, 4), random_.between(4, 7), random_.between(4, 7)};
        at_ = builder_.add("in", Input{input}, {});
    }

    void block() {
        if (count_ > 0 && random_.chance(70)) {
            builder_.begin_module("m" + std::to_string(count_));
        }
        const std::int64_t channels = shape().channels;
        switch (random_.below(9)) {
            case 0:
            case 1: at_ = followed(conv(at_, {}), Followers::any); break;
            case 2: at_ = separable(at_); break;
            case 3: residual(); break;
            case 4: branches(2); break;
            case 5:
                if (channels >= 2 && channels % 2 == 0) {
                    shuffle_unit();
                } else {
                    branches(3);
                }
                break;
            case 6: at_ = followed(pool(at_), Followers::any); break;
            case 7: at_ = followed(grouped(at_), Followers::any); break;
            default: alone(); break;
        }
    }

    Network finish() {
        if (random_.chance(30)) {
            at_ = add(GlobalAveragePool{}, {at_});
            at_ = add(FullyConnected{random_.between(1, 4), true}, {at_});
            if (random_.chance(50)) {
                at_ = add(Softmax{}, {at_});
            }
        }
        if (outputs_ == Outputs::several && index(at_) > 1) {
            builder_.set_results({at_, layer_id(static_cast<std::size_t>(
                                           random_.between(1, static_cast<std::int64_t>(index(at_)) - 1)))});
        }
        Network network = builder_.build();
        if (!builder_.faults().empty()) {
            throw std::logic_error("faulty random network: " + builder_.faults().front().message);
        }
        return network;
    }

private:
    enum class Followers { none, any };

    [[nodiscard]] const Shape& shape() const { return builder_.shape(at_); }

    LayerId add(const Op& op, const std::vector<LayerId>& inputs) {
        return builder_.add("l" + std::to_string(count_++), op, inputs);
    }

    /// Keeps the map's size when `filters` is given, may change everything otherwise.
    LayerId conv(LayerId from, std::optional<std::int64_t> filters) {
        const Shape& in = builder_.shape(from);
        const auto kernel = random_.pick<std::int64_t>({1, 1, 3});
        const bool strided = !filters && in.height >= 3 && in.width >= 3 && random_.chance(25);
        Conv op = conv_op(filters.value_or(random_.between(1, 4)), kernel, strided ? 2 : 1, kernel / 2);
        op.bias = random_.chance(50);
        return add(op, {from});
    }

    LayerId depthwise(LayerId from) {
        const Shape& in = builder_.shape(from);
        return add(conv_op(in.channels, 3, random_.chance(25) ? 2 : 1, 1, in.channels), {from});
    }

    LayerId separable(LayerId from) {
        LayerId at = from;
        if (random_.chance(30)) {
            at = add(conv_op(random_.between(2, 4), 1), {at});
        }
        at = followed(depthwise(at), Followers::any);
        return followed(add(conv_op(random_.between(1, 4), 1), {at}), Followers::any);
    }

    LayerId grouped(LayerId from) {
        const std::int64_t channels = builder_.shape(from).channels;
        if (channels < 2 || channels % 2 != 0) {
            return conv(from, {});
        }
        const std::int64_t filters = 2 * random_.between(1, 2);
        const auto kernel = random_.pick<std::int64_t>({1, 3});
        return add(conv_op(filters, kernel, 1, 1, 2), {from});
    }

    LayerId pool(LayerId from) {
        const Shape& in = builder_.shape(from);
        Pool op{random_.pick<PoolKind>({PoolKind::max, PoolKind::average}), square(3, 1, 1), false};
        if (in.height >= 2 && in.width >= 2 && random_.chance(50)) {
            op.window = square(2, 2);
            op.ceil = random_.chance(50);
        }
        return add(op, {from});
    }

    LayerId followed(LayerId from, Followers followers) {
        LayerId at = from;
        if (followers == Followers::any && random_.chance(40)) {
            at = add(BatchNorm{}, {at});
        }
        if (followers == Followers::any && random_.chance(50)) {
            // The last of these has no hardware.
            at = add(Activation{random_.pick<ActivationKind>(
                         {ActivationKind::relu, ActivationKind::relu6, ActivationKind::hard_swish})},
                     {at});
        }
        if (followers == Followers::any && random_.chance(15)) {
            at = add(random_.chance(50) ? Op(Dropout{}) : Op(BatchNorm{}), {at});
        }
        return at;
    }

    void residual() {
        const LayerId from = at_;
        LayerId branch = followed(conv(from, shape().channels), Followers::any);
        if (random_.chance(30)) {
            branch = conv(branch, shape().channels);
        }
        at_ = followed(add(Add{}, {from, branch}), Followers::any);
    }

    void branches(int count) {
        const LayerId from = at_;
        std::vector<LayerId> ends;
        for (int i = 0; i < count; ++i) {
            const LayerId first = random_.chance(80)
                                      ? conv(from, random_.between(1, 3))
                                      : add(Pool{PoolKind::max, square(3, 1, 1), false}, {from});
            ends.push_back(followed(first, random_.chance(40) ? Followers::any : Followers::none));
        }
        if (count == 2 && random_.chance(30)) {
            ends.back() = conv(ends.back(), random_.between(1, 3));
        }
        if (random_.chance(15)) {
            ends.push_back(random_.chance(50) ? ends.front() : from);
        }
        at_ = add(Concat{}, ends);
    }

    void shuffle_unit() {
        const std::int64_t half = shape().channels / 2;
        const LayerId keep = add(Slice{0, half}, {at_});
        const LayerId work = add(Slice{half, half}, {at_});
        const LayerId done = followed(conv(work, half), Followers::any);
        at_ = add(Concat{}, {keep, done});
        at_ = add(Shuffle{2}, {at_});
    }

    /// A layer that stands alone because what is before it has more readers, or that has no hardware.
    void alone() {
        const LayerId from = at_;
        switch (random_.below(3)) {
            case 0: {
                const LayerId act = add(Activation{ActivationKind::relu}, {from});
                at_ = add(Add{}, {from, act});
                break;
            }
            case 1: at_ = add(Lrn{}, {from}); break;
            default: {
                const LayerId gate = add(Activation{ActivationKind::sigmoid}, {from});
                at_ = add(Mul{}, {from, gate});
                break;
            }
        }
    }

    Random& random_;
    Outputs outputs_;
    NetworkBuilder builder_;
    LayerId at_{};
    int count_ = 0;
};

}  // namespace

Network random_network(Random& random, std::int64_t blocks, Outputs outputs) {
    BlockMaker maker(random, outputs);
    for (std::int64_t i = 0; i < blocks; ++i) {
        maker.block();
    }
    return maker.finish();
}

RandomConv random_conv(Random& random) {
    for (;;) {
        RandomConv result;
        const auto groups = random.pick<std::int64_t>({1, 1, 2, 3, 4});
        const std::int64_t multiplier = random.between(1, 3);
        result.input = {groups * random.between(1, groups == 1 ? 6 : 2), random.between(1, 9),
                        random.between(1, 9)};
        result.conv.groups = groups;
        result.conv.filters = groups == 1 ? random.between(1, 6) : groups * multiplier;
        Window& w = result.conv.window;
        w.kernel_h = random.between(1, 4);
        w.kernel_w = random.between(1, 4);
        w.stride_h = random.between(1, 3);
        w.stride_w = random.between(1, 3);
        w.dilation_h = random.pick<std::int64_t>({1, 1, 2});
        w.dilation_w = random.pick<std::int64_t>({1, 1, 2});
        w.pad_top = random.between(0, 2);
        w.pad_left = random.between(0, 2);
        w.pad_bottom = random.between(0, 2);
        w.pad_right = random.between(0, 2);
        result.conv.bias = random.chance(50);
        if (w.extent_h() <= result.input.height + w.pad_top + w.pad_bottom &&
            w.extent_w() <= result.input.width + w.pad_left + w.pad_right) {
            return result;
        }
    }
}

}  // namespace cleave::testing
