// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/folded_passes.hpp"
#include "cleave/rtl/module_control.hpp"
#include "cleave/rtl/op_module.hpp"

#include <algorithm>
#include <utility>

namespace cleave {
namespace {

class QueueControl : public OneStreamControl {
public:
    QueueControl(const CircuitModule& module, std::int64_t words) : OneStreamControl(module), words_(words) {}

    void offer(Handshakes& streams) const override { streams.valid[out_] = out_valid_; }
    void accept(Handshakes& streams) const override { streams.ready[in_] = count_ != words_; }
    bool edge(const Handshakes& streams, std::int64_t /*clock*/) override {
        const bool take = streams.passes(in_);
        const bool ready = streams.ready[out_] != 0;
        const bool load = count_ != 0 && (!out_valid_ || ready);
        const bool changes = take || load || (out_valid_ && ready);
        count_ += (take ? 1 : 0) - (load ? 1 : 0);
        out_valid_ = load || (out_valid_ && !ready);
        return changes;
    }

private:
    std::int64_t words_;
    std::int64_t count_ = 0;
    bool out_valid_ = false;
};

class ForkControl : public ModuleControl {
public:
    explicit ForkControl(const CircuitModule& module)
        : in_(module.in.front()), out_(module.out), done_(out_.size()) {}

    void offer(Handshakes& streams) const override {
        for (std::size_t i = 0; i < out_.size(); ++i) {
            streams.valid[out_[i]] = streams.valid[in_] != 0 && !done_[i];
        }
    }
    void accept(Handshakes& streams) const override {
        bool all = true;
        for (std::size_t i = 0; i < out_.size(); ++i) {
            all = all && has(streams, i);
        }
        streams.ready[in_] = all;
    }
    bool edge(const Handshakes& streams, std::int64_t /*clock*/) override {
        const bool held = streams.valid[in_] != 0 && streams.ready[in_] == 0;
        bool changes = streams.passes(in_);
        for (std::size_t i = 0; i < out_.size(); ++i) {
            const bool done = held && has(streams, i);
            changes = changes || done != done_[i];
            done_[i] = done;
        }
        return changes;
    }

private:
    [[nodiscard]] bool has(const Handshakes& streams, std::size_t i) const {
        return done_[i] || streams.ready[out_[i]] != 0;
    }

    const std::size_t in_;
    const std::vector<std::size_t> out_;
    std::vector<bool> done_;
};

/// Takes a beat of each stream at a time, and holds the result.
class JoinControl : public ModuleControl {
public:
    explicit JoinControl(const CircuitModule& module) : in_(module.in), out_(module.out.front()) {}

    void offer(Handshakes& streams) const override { streams.valid[out_] = out_valid_; }
    void accept(Handshakes& streams) const override {
        const bool takes = go(streams) && all(streams);
        for (const std::size_t in : in_) {
            streams.ready[in] = takes;
        }
    }
    bool edge(const Handshakes& streams, std::int64_t /*clock*/) override {
        if (!go(streams)) {
            return false;
        }
        const bool was_valid = std::exchange(out_valid_, all(streams));
        return was_valid || out_valid_;
    }

private:
    [[nodiscard]] bool go(const Handshakes& streams) const { return !out_valid_ || streams.ready[out_] != 0; }
    [[nodiscard]] bool all(const Handshakes& streams) const {
        return std::all_of(in_.begin(), in_.end(), [&](std::size_t in) { return streams.valid[in] != 0; });
    }

    const std::vector<std::size_t> in_;
    const std::size_t out_;
    bool out_valid_ = false;
};

/// Takes the beats of one stream after those of the other, and holds each.
class TurnsOfStreams : public ModuleControl {
public:
    TurnsOfStreams(const CircuitModule& module, const std::vector<std::int64_t>& channels, std::int64_t bytes)
        : in_(module.in), out_(module.out.front()) {
        for (const std::int64_t count : channels) {
            beats_.push_back(count / bytes);
        }
    }

    void offer(Handshakes& streams) const override { streams.valid[out_] = out_valid_; }
    void accept(Handshakes& streams) const override {
        for (std::size_t i = 0; i < in_.size(); ++i) {
            streams.ready[in_[i]] = go(streams) && i == turn_;
        }
    }
    bool edge(const Handshakes& streams, std::int64_t /*clock*/) override {
        if (!go(streams)) {
            return false;
        }
        const bool come = streams.valid[in_[turn_]] != 0;
        const bool was_valid = std::exchange(out_valid_, come);
        if (come && ++beat_ == beats_[turn_]) {
            beat_ = 0;
            turn_ = (turn_ + 1) % in_.size();
        }
        return was_valid || come;
    }

private:
    [[nodiscard]] bool go(const Handshakes& streams) const { return !out_valid_ || streams.ready[out_] != 0; }

    const std::vector<std::size_t> in_;
    const std::size_t out_;
    std::vector<std::int64_t> beats_;
    std::size_t turn_ = 0;
    std::int64_t beat_ = 0;
    bool out_valid_ = false;
};

/// Lets beats [first, end) of a position through.
class SliceControl : public OneStreamControl {
public:
    SliceControl(const CircuitModule& module, std::int64_t first, std::int64_t end, std::int64_t beats)
        : OneStreamControl(module), first_(first), end_(end), beats_(beats) {}

    void offer(Handshakes& streams) const override {
        streams.valid[out_] = streams.valid[in_] != 0 && wanted();
    }
    void accept(Handshakes& streams) const override {
        streams.ready[in_] = !wanted() || streams.ready[out_] != 0;
    }
    bool edge(const Handshakes& streams, std::int64_t /*clock*/) override {
        if (!streams.passes(in_)) {
            return false;
        }
        beat_ = beat_ == beats_ - 1 ? 0 : beat_ + 1;
        return true;
    }

private:
    [[nodiscard]] bool wanted() const { return beat_ >= first_ && beat_ < end_; }

    std::int64_t first_;
    std::int64_t end_;
    std::int64_t beats_;
    std::int64_t beat_ = 0;
};

/// A bank for each group, of two positions: one comes while the other leaves.
class ShuffleControl : public OneStreamControl {
public:
    ShuffleControl(const CircuitModule& module, std::int64_t groups, std::int64_t words)
        : OneStreamControl(module), groups_(groups), words_(words) {}

    void offer(Handshakes& streams) const override { streams.valid[out_] = have_; }
    void accept(Handshakes& streams) const override { streams.ready[in_] = !whole_[in_half_]; }
    bool edge(const Handshakes& streams, std::int64_t /*clock*/) override {
        const bool take = streams.passes(in_);
        const bool give = streams.passes(out_);
        const bool part_ends = give && part_ == groups_ - 1;
        const bool load = whole_[out_half_] && (!have_ || part_ends);
        have_ = load || (have_ && !part_ends);
        if (load) {
            part_ = 0;
            if (++out_word_ == words_) {
                out_word_ = 0;
                whole_[out_half_] = false;
                out_half_ = 1 - out_half_;
            }
        } else if (give) {
            ++part_;
        }
        if (take && ++in_word_ == groups_ * words_) {
            in_word_ = 0;
            whole_[in_half_] = true;
            in_half_ = 1 - in_half_;
        }
        return take || give || load;
    }

private:
    std::int64_t groups_;
    /// Of a group.
    std::int64_t words_;
    std::int64_t in_word_ = 0;
    std::int64_t out_word_ = 0;
    std::int64_t part_ = 0;
    std::size_t in_half_ = 0;
    std::size_t out_half_ = 0;
    bool whole_[2] = {false, false};
    bool have_ = false;
};

class MeanControl : public OneStreamControl {
public:
    /// @param turns  in which the means of a beat are divided
    MeanControl(const CircuitModule& module, std::int64_t beats, std::int64_t positions, std::int64_t turns)
        : OneStreamControl(module),
          last_beats_(beats * (positions - 1)),
          all_beats_(beats * positions),
          turns_(turns) {}

    void offer(Handshakes& streams) const override { streams.valid[out_] = leaves(); }
    void accept(Handshakes& streams) const override {
        streams.ready[in_] = beat_ < last_beats_ || left_ == 0 || (left_ == 1 && moves(streams));
    }
    bool edge(const Handshakes& streams, std::int64_t /*clock*/) override {
        const bool take = streams.passes(in_);
        const bool move = moves(streams);
        const bool give = left_ != 0 && move;
        const bool changes = take || give || (move && dividing_ != 0);
        if (take && beat_ >= last_beats_) {
            left_ = turns_;
        } else if (give) {
            --left_;
        }
        if (take) {
            beat_ = beat_ == all_beats_ - 1 ? 0 : beat_ + 1;
        }
        if (move) {
            dividing_ = (dividing_ << 1 | (give ? 1U : 0U)) & ((1U << kDivisionStages) - 1);
        }
        return changes;
    }

private:
    [[nodiscard]] bool leaves() const { return (dividing_ >> (kDivisionStages - 1) & 1U) != 0; }
    [[nodiscard]] bool moves(const Handshakes& streams) const {
        return !leaves() || streams.ready[out_] != 0;
    }

    /// Before the last position, and of the map.
    std::int64_t last_beats_;
    std::int64_t all_beats_;
    std::int64_t turns_;
    std::int64_t beat_ = 0;
    std::int64_t left_ = 0;
    /// Whether there is something in each stage of the division, the last one highest.
    unsigned dividing_ = 0;
};

/// Wires.
class PassingControl : public OneStreamControl {
public:
    using OneStreamControl::OneStreamControl;

    void offer(Handshakes& streams) const override { streams.valid[out_] = streams.valid[in_]; }
    void accept(Handshakes& streams) const override { streams.ready[in_] = streams.ready[out_]; }
    bool edge(const Handshakes& /*streams*/, std::int64_t /*clock*/) override { return false; }
};

std::unique_ptr<ModuleControl> operation_control(const CircuitModule& module, const CircuitNode& node) {
    using Control = std::unique_ptr<ModuleControl>;
    return std::visit(
        Overloaded{
            [&](const StreamSum&) -> Control { return std::make_unique<JoinControl>(module); },
            [&](const StreamConcat& concat) -> Control {
                const std::int64_t beat = concat_beat(concat, node);
                return beat == 0 ? Control(std::make_unique<JoinControl>(module))
                                 : std::make_unique<TurnsOfStreams>(module, concat.channels, beat);
            },
            [&](const StreamSlice& slice) -> Control {
                const std::int64_t beat = slice_beat(slice, node);
                return beat == 0 ? Control(std::make_unique<PassingControl>(module))
                                 : std::make_unique<SliceControl>(module, slice.first / beat,
                                                                  (slice.first + slice.count) / beat,
                                                                  node.in.channels / beat);
            },
            [&](const StreamShuffle& shuffle) -> Control {
                const std::int64_t beat = shuffle_beat(shuffle, node);
                return beat == 0 ? Control(std::make_unique<PassingControl>(module))
                                 : std::make_unique<ShuffleControl>(module, shuffle.groups,
                                                                    node.in.channels / shuffle.groups / beat);
            },
            [&](const StreamMean&) -> Control {
                const std::int64_t each = node.fold.pe;
                return std::make_unique<MeanControl>(module, node.in.channels / each, node.in.positions(),
                                                     each / mean_lanes(each, node.in.positions()));
            },
            [](const auto&) -> Control { return nullptr; },
        },
        node.op);
}

}  // namespace

std::unique_ptr<ModuleControl> stream_control(const Circuit& circuit, const CircuitModules& modules,
                                              const CircuitModule& module) {
    using Control = std::unique_ptr<ModuleControl>;
    return std::visit(Overloaded{
                          [&](const ConverterModule&) -> Control {
                              return converter_control(module, modules.streams[module.in.front()],
                                                       modules.streams[module.out.front()]);
                          },
                          [&](const QueueModule& queue) -> Control {
                              return std::make_unique<QueueControl>(module, queue.words);
                          },
                          [&](const ForkModule&) -> Control { return std::make_unique<ForkControl>(module); },
                          [&](const OperationModule& operation) -> Control {
                              return operation_control(module, circuit.nodes[operation.node]);
                          },
                          [](const auto&) -> Control { return nullptr; },
                      },
                      module.kind);
}

}  // namespace cleave
