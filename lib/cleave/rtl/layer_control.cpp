// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/column_verilog.hpp"
#include "cleave/rtl/direct_verilog.hpp"
#include "cleave/rtl/module_control.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace cleave {
namespace {

/// A folded convolution or pool.
class FoldedControl : public OneStreamControl {
public:
    FoldedControl(const CircuitModule& module, FoldedPlan plan)
        : OneStreamControl(module),
          plan_(std::move(plan)),
          lead_(-(plan_.schedule.need.front() + 1) * plan_.passes.words),
          room_(plan_.queue_beats()) {}

    void offer(Handshakes& streams) const override { streams.valid[out_] = queued_ != 0; }
    void accept(Handshakes& streams) const override { streams.ready[in_] = ready_; }

    bool edge(const Handshakes& streams, std::int64_t clock) override {
        const bool come = streams.passes(in_);
        const bool pop = streams.passes(out_);
        const bool pass_ends = active_ && clock == pass_end_;
        const bool position_ends = pass_ends && pass_ == plan_.passes.count - 1;
        const bool more = unfinished_ && !position_ends;
        const bool begins = (!active_ || pass_ends) && room_ >= plan_.output_beats() && (more || lead_ >= 0);
        const bool result = !results_.empty() && results_.front() == clock;

        held_ += (come ? 1 : 0) - std::exchange(freed_, 0);
        const bool was_ready = std::exchange(ready_, held_ < plan_.depth);
        lead_ += come ? 1 : 0;
        room_ += (pop ? 1 : 0) - (begins ? plan_.output_beats() : 0);
        queued_ += (result ? 1 : 0) - (pop ? 1 : 0);
        if (result) {
            results_.pop_front();
        }
        if (pass_ends) {
            for (std::int64_t beat = 0; beat < plan_.output_beats(); ++beat) {
                results_.push_back(clock + plan_.latency - 1 + beat);
            }
        }
        if (position_ends) {
            freed_ = freed_words();
        }
        if (begins) {
            pass_end_ = clock + plan_.passes.length;
            if (more) {
                ++pass_;
            } else {
                pass_ = 0;
                begin_position();
            }
        }
        unfinished_ = begins || more;
        active_ = begins || (active_ && !pass_ends);
        return come || pop || result || pass_ends || begins || ready_ != was_ready;
    }

    [[nodiscard]] std::int64_t wake() const override {
        return std::min(active_ ? pass_end_ : kNever, results_.empty() ? kNever : results_.front());
    }

private:
    /// Words that no output position after the current one reads.
    [[nodiscard]] std::int64_t freed_words() const {
        const std::vector<std::int64_t>& free = plan_.schedule.free;
        return (free[position_] - (position_ > 0 ? free[position_ - 1] : 0)) * plan_.passes.words;
    }
    void begin_position() {
        const std::vector<std::int64_t>& need = plan_.schedule.need;
        position_ = (position_ + 1) % need.size();
        const std::int64_t next =
            position_ + 1 < need.size() ? need[position_ + 1] : plan_.schedule.input_positions + need.front();
        lead_ -= (next - need[position_]) * plan_.passes.words;
    }

    const FoldedPlan plan_;
    /// Words in the input memory, less those that were freed before they came; and those freed next.
    std::int64_t held_ = 0;
    std::int64_t freed_ = 0;
    bool ready_ = false;
    /// Words that came, less those that the next position needs.
    std::int64_t lead_;
    /// Beats that have room in the output queue, and that are in it.
    std::int64_t room_;
    std::int64_t queued_ = 0;
    bool active_ = false;
    /// A position has begun, whose last pass has not ended.
    bool unfinished_ = false;
    std::int64_t pass_ = 0;
    std::int64_t pass_end_ = 0;
    /// The one that is computed; the last one of a frame before the first.
    std::size_t position_ = plan_.schedule.need.size() - 1;
    /// Clocks in which results come to the output queue.
    std::deque<std::int64_t> results_;
};

class ColumnsControl : public OneStreamControl {
public:
    ColumnsControl(const CircuitModule& module, const ColumnRows& rows, std::int64_t map_rows)
        : OneStreamControl(module), rows_(rows), map_rows_(map_rows), next_row_(rows.first) {}

    void offer(Handshakes& streams) const override { streams.valid[out_] = out_valid_; }
    void accept(Handshakes& streams) const override { streams.ready[in_] = go(streams) && !below(); }
    bool edge(const Handshakes& streams, std::int64_t /*clock*/) override {
        if (!go(streams)) {
            return false;
        }
        const bool step = below() || streams.valid[in_] != 0;
        const bool gives = step && row_ == next_row_;
        const bool changes = step || out_valid_ || read_gives_;
        out_valid_ = rows_.is_short ? gives : std::exchange(read_gives_, gives);
        if (step && ++place_ == rows_.places) {
            place_ = 0;
            if (row_ == rows_.last) {
                row_ = 0;
                next_row_ = rows_.first;
            } else {
                next_row_ += row_ == next_row_ ? rows_.stride : 0;
                ++row_;
            }
        }
        return changes;
    }

private:
    [[nodiscard]] bool go(const Handshakes& streams) const { return !out_valid_ || streams.ready[out_] != 0; }
    [[nodiscard]] bool below() const { return row_ >= map_rows_; }

    const ColumnRows rows_;
    std::int64_t map_rows_;
    std::int64_t place_ = 0;
    std::int64_t row_ = 0;
    std::int64_t next_row_;
    /// Columns that are read, and leave a clock later.
    bool read_gives_ = false;
    bool out_valid_ = false;
};

class WindowControl : public OneStreamControl {
public:
    WindowControl(const CircuitModule& module, const Window& window, const Shape& in, const Shape& out)
        : OneStreamControl(module), window_(window), map_(in), outputs_(out), lag_(window_lag(window, in)) {}

    void offer(Handshakes& streams) const override { streams.valid[out_] = out_valid_; }
    void accept(Handshakes& streams) const override { streams.ready[in_] = go(streams) && can_take(); }
    bool edge(const Handshakes& streams, std::int64_t /*clock*/) override {
        if (!go(streams)) {
            return false;
        }
        const bool take = can_take() && streams.valid[in_] != 0;
        const bool flush = position_ == 0 && (active_ || waiting_) && !take;
        const bool step = take || flush;
        const bool changes = step || wanted_1_ || wanted_2_ || out_valid_;
        out_valid_ = std::exchange(wanted_2_, std::exchange(wanted_1_, step && moved(take)));
        return changes;
    }

private:
    [[nodiscard]] bool go(const Handshakes& streams) const { return !out_valid_ || streams.ready[out_] != 0; }
    [[nodiscard]] bool can_take() const { return position_ != 0 || !waiting_; }

    /// A step. @return whether it is an output's
    bool moved(bool take) {
        const bool first = take && position_ == 0;
        const bool starts = lag_ > 0 ? waiting_ && left_ == 1 : first;
        const bool is_output = active_ || starts;
        const bool wanted = is_output && row_ % window_.stride_h == 0 && column_ % window_.stride_w == 0 &&
                            row_ / window_.stride_h < outputs_.height &&
                            column_ / window_.stride_w < outputs_.width;
        if (take) {
            position_ = position_ + 1 == map_.positions() ? 0 : position_ + 1;
        }
        waiting_ = (first && lag_ > 0) || (waiting_ && !starts);
        left_ = first ? lag_ : left_ - 1;
        active_ = is_output && !(row_ + 1 == map_.height && column_ + 1 == map_.width);
        if (is_output && ++column_ == map_.width) {
            column_ = 0;
            row_ = row_ + 1 == map_.height ? 0 : row_ + 1;
        }
        return wanted;
    }

    const Window window_;
    const Shape map_;
    const Shape outputs_;
    const std::int64_t lag_;
    /// Of the frame that comes.
    std::int64_t position_ = 0;
    /// The first output's window is not whole yet, for so many steps.
    bool waiting_ = false;
    std::int64_t left_ = 1;
    /// Outputs leave: row and column of the next one, on the grid of the input.
    bool active_ = false;
    std::int64_t row_ = 0;
    std::int64_t column_ = 0;
    bool wanted_1_ = false;
    bool wanted_2_ = false;
    bool out_valid_ = false;
};

/// Stages that move together, or wait.
class StagesControl : public OneStreamControl {
public:
    StagesControl(const CircuitModule& module, std::int64_t stages)
        : OneStreamControl(module), last_(std::uint64_t{1} << (stages - 1)) {}

    void offer(Handshakes& streams) const override { streams.valid[out_] = leaves(); }
    void accept(Handshakes& streams) const override { streams.ready[in_] = go(streams); }
    bool edge(const Handshakes& streams, std::int64_t /*clock*/) override {
        if (!go(streams)) {
            return false;
        }
        const bool come = streams.valid[in_] != 0;
        const bool changes = come || valid_ != 0;
        valid_ = ((valid_ & (last_ - 1)) << 1) | (come ? 1U : 0U);
        return changes;
    }

private:
    [[nodiscard]] bool leaves() const { return (valid_ & last_) != 0; }
    [[nodiscard]] bool go(const Handshakes& streams) const { return !leaves() || streams.ready[out_] != 0; }

    const std::uint64_t last_;
    /// Whether there is something in each stage, the last one highest.
    std::uint64_t valid_ = 0;
};

}  // namespace

std::unique_ptr<ModuleControl> layer_control(const Circuit& circuit, const CircuitModule& module) {
    using Control = std::unique_ptr<ModuleControl>;
    const auto operation = [&](const CircuitNode& node) {
        const auto direct = [&](const auto& op) {
            return std::make_unique<StagesControl>(module, direct_stages(op));
        };
        const auto folded = [&](FoldedPlan plan) {
            return std::make_unique<FoldedControl>(module, std::move(plan));
        };
        return std::visit(
            Overloaded{
                [&](const IntegerConv& conv) -> Control {
                    return node.direct ? Control(direct(conv)) : folded(plan_folded(conv, node.fold));
                },
                [&](const MaxPool& pool) -> Control {
                    return node.direct ? Control(direct(pool)) : folded(plan_pool(pool, node.fold.pe));
                },
                [&](const AveragePool& pool) -> Control {
                    return node.direct ? Control(direct(pool)) : folded(plan_pool(pool, node.fold.pe));
                },
                [](const auto&) -> Control { return nullptr; },
            },
            node.op);
    };
    const auto former = [&](const CircuitNode& node) {
        const auto window = [&](const auto& op) {
            return std::make_unique<WindowControl>(module, op.window, op.in, op.out);
        };
        return std::visit(Overloaded{
                              [&](const IntegerConv& conv) -> Control {
                                  return node.direct
                                             ? Control(window(conv))
                                             : std::make_unique<ColumnsControl>(
                                                   module, column_rows(conv, plan_folded(conv, node.fold)),
                                                   conv.in.height);
                              },
                              [&](const MaxPool& pool) -> Control { return window(pool); },
                              [&](const AveragePool& pool) -> Control { return window(pool); },
                              [](const auto&) -> Control { return nullptr; },
                          },
                          node.op);
    };
    return std::visit(Overloaded{
                          [&](const OperationModule& kind) { return operation(circuit.nodes[kind.node]); },
                          [&](const FormerModule& kind) { return former(circuit.nodes[kind.node]); },
                          [](const auto&) -> Control { return nullptr; },
                      },
                      module.kind);
}

}  // namespace cleave
