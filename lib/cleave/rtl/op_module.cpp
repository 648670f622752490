// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/op_module.hpp"

#include "cleave/rtl/column_verilog.hpp"
#include "cleave/rtl/direct_verilog.hpp"
#include "cleave/rtl/folded_verilog.hpp"
#include "cleave/rtl/pool_verilog.hpp"
#include "cleave/rtl/stream_verilog.hpp"

#include <numeric>
#include <stdexcept>
#include <utility>

namespace cleave {
OpModule op_module(const CircuitNode& node, const std::string& name) {
    const std::int64_t each = node.fold.pe;
    return std::visit(
        Overloaded{
            [&](const IntegerConv& conv) -> OpModule {
                if (node.direct) {
                    const std::int64_t window = conv.in.channels * conv.window.taps();
                    return {{conv.in.channels},
                            conv.out.channels * conv.result_bytes,
                            direct_module(name, node.note, conv),
                            {},
                            {},
                            window_module(name + "_window", node.note, conv.window, conv.in, conv.out, 0),
                            window,
                            "_window"};
                }
                const FoldedPlan plan = plan_folded(conv, node.fold);
                FoldedModule made = folded_module(name, name, node.note, conv, plan);
                OpModule result{{plan.passes.word_bytes},
                                plan.passes.output * conv.result_bytes,
                                std::move(made.verilog),
                                std::move(made.weights),
                                std::move(made.biases)};
                if (node.fold.columns) {
                    result.in_bytes = {plan.passes.word_bytes / conv.window.kernel_h};
                    result.former = column_module(name + "_columns", node.note, conv, plan);
                    result.former_bytes = plan.passes.word_bytes;
                }
                return result;
            },
            [&](const MaxPool& pool) -> OpModule {
                if (node.direct) {
                    return {{pool.in.channels},
                            pool.in.channels,
                            direct_module(name, node.note, pool),
                            {},
                            {},
                            window_module(name + "_window", node.note, pool.window, pool.in, pool.out, -128),
                            pool.in.channels * pool.window.taps(),
                            "_window"};
                }
                const FoldedPlan plan = plan_pool(pool, each);
                return {
                    {plan.passes.word_bytes}, plan.passes.output, pool_module(name, node.note, pool, plan)};
            },
            [&](const AveragePool& pool) -> OpModule {
                if (node.direct) {
                    return {{pool.in.channels},
                            pool.in.channels,
                            direct_module(name, node.note, pool),
                            {},
                            {},
                            window_module(name + "_window", node.note, pool.window, pool.in, pool.out, 0),
                            pool.in.channels * pool.window.taps(),
                            "_window"};
                }
                const FoldedPlan plan = plan_pool(pool, each);
                return {
                    {plan.passes.word_bytes}, plan.passes.output, pool_module(name, node.note, pool, plan)};
            },
            [&](const StreamSum& sum) -> OpModule {
                return {std::vector<std::int64_t>(node.reads.size(), each), each,
                        sum_module(name, node.note, sum, each)};
            },
            [&](const StreamConcat& concat) -> OpModule {
                std::int64_t common = 0;
                for (const std::int64_t channels : concat.channels) {
                    common = std::gcd(common, channels);
                }
                const std::int64_t beat = beat_of(common, each);
                return {beat == 0 ? concat.channels : std::vector<std::int64_t>(node.reads.size(), beat),
                        beat == 0 ? node.out.channels : beat, concat_module(name, node.note, concat, beat)};
            },
            [&](const StreamSlice& slice) -> OpModule {
                const std::int64_t common = std::gcd(std::gcd(node.in.channels, slice.first), slice.count);
                const std::int64_t beat = node.direct ? 0 : beat_of(common, each);
                return {{beat == 0 ? node.in.channels : beat},
                        beat == 0 ? slice.count : beat,
                        slice_module(name, node.note, slice, node.in.channels, beat)};
            },
            [&](const StreamShuffle& shuffle) -> OpModule {
                const std::int64_t beat =
                    node.direct ? 0 : shuffle_beat(node.in.channels, shuffle.groups, each);
                if (beat > 0) {
                    return {{beat},
                            beat,
                            shuffle_module(name, node.note, node.in.channels, shuffle.groups, beat)};
                }
                return {{node.in.channels},
                        node.out.channels,
                        shuffle_module(name, node.note, shuffle, node.in.channels)};
            },
            [&](const StreamMean& mean) -> OpModule {
                return {{each},
                        mean_lanes(each, node.in.positions()),
                        mean_module(name, node.note, mean, node.in, each)};
            },
            [](const Wires&) -> OpModule { throw std::logic_error("wires are no module"); },
        },
        node.op);
}

}  // namespace cleave
