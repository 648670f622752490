// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/direct_verilog.hpp"

#include "cleave/cost/csd_logic.hpp"
#include "cleave/cost/rounding.hpp"
#include "cleave/rtl/pool_verilog.hpp"
#include "cleave/rtl/rounding_verilog.hpp"
#include "cleave/rtl/stream_verilog.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cleave {
namespace {

/// Stages of a convolution besides its sums: products, bias, rounding.
constexpr std::int64_t kBesideSums = 3;

/// A signed number of the circuit, in the range that it can have: a wire or register of just so many bits. It
/// counts 2^shift times.
struct Term {
    std::string name;
    std::int64_t low = 0;
    std::int64_t high = 0;
    /// It counts with the other sign.
    bool minus = false;
    std::int64_t shift = 0;

    [[nodiscard]] std::int64_t bits() const { return signed_bits(low, high); }
};

/// The bits of a term, wide enough for a sum.
std::string widened(const Term& term, std::int64_t bits) {
    const std::int64_t own = term.bits();
    return own == bits
               ? term.name
               : fmt::format("$signed({{{{{}{{{}[{}]}}}}, {}}})", bits - own, term.name, own - 1, term.name);
}

/// A pipeline that moves as a whole: text of its registers, level by level.
class Pipeline {
public:
    /// A register that takes `value` with every step.
    Term add(std::string name, const std::string& value, std::int64_t low, std::int64_t high) {
        const Term term{std::move(name), low, high, false};
        wires_ += fmt::format("    reg signed {} {};\n", range(term.bits()), term.name);
        moves_ += fmt::format("        {} <= {};\n", term.name, value);
        return term;
    }
    void declare(const std::string& text) { wires_ += text; }

    enum class Holds { wire, registers };

    /// The sum of two, as much of it as an adder is needed for: where one counts 2^k times the other, the
    /// lowest k bits are the other's, which is why that one is never what is taken off.
    Term sum(const std::string& name, const Term& a, const Term& b, Holds holds) {
        const bool alike = a.minus == b.minus;
        const Term& fine = a.shift <= b.shift ? a : b;
        const Term& coarse = a.shift <= b.shift ? b : a;
        const std::int64_t k = coarse.shift - fine.shift;
        const std::int64_t power = std::int64_t{1} << k;
        const std::int64_t low = fine.low + power * (alike ? coarse.low : -coarse.high);
        const std::int64_t high = fine.high + power * (alike ? coarse.high : -coarse.low);
        Term above = fine;
        std::string below;
        if (k > 0) {
            const std::int64_t own = fine.bits();
            const std::string sign = fmt::format("{}[{}]", fine.name, own - 1);
            below = own > k    ? fmt::format(", {}[{}:0]", fine.name, k - 1)
                    : own == k ? ", " + fine.name
                               : fmt::format(", {{{}{{{}}}}}, {}", k - own, sign, fine.name);
            above = {fmt::format("{}_above", name), fine.low >> k, fine.high >> k, false, 0};
            wires_ += fmt::format("    wire signed {} {} = {};\n", range(above.bits()), above.name,
                                  own > k ? fmt::format("{}[{}:{}]", fine.name, own - 1, k) : sign);
        }
        const Term sum{name, low, high, fine.minus, fine.shift};
        const std::int64_t kept = sum.bits() - k;
        // Both sides of an adder as wide as it is: an operand may be wider than what comes out of it.
        const std::int64_t adder = std::max({kept, above.bits(), coarse.bits()});
        const std::string value =
            fmt::format("{} {} {}", widened(above, adder), alike ? "+" : "-", widened(coarse, adder));
        std::string result = value;
        if (k > 0 || adder > kept) {
            wires_ += fmt::format("    wire signed {} {}_sum = {};\n", range(adder), name, value);
            result = fmt::format("{{{}_sum[{}:0]{}}}", name, kept - 1, below);
        }
        if (adder > kept) {
            wires_ += fmt::format("    wire unused_{} = &{{1'b0, {}_sum}};\n", name, name);
        }
        if (holds == Holds::registers) {
            add(name, result, low, high);
        } else {
            wires_ += fmt::format("    wire signed {} {} = {};\n", range(sum.bits()), name, result);
        }
        return sum;
    }

    [[nodiscard]] std::string text() const {
        return wires_ + "    always @(posedge clk) if (go) begin\n" + moves_ + "    end\n";
    }

private:
    std::string wires_;
    std::string moves_;
};

/// The register of a number times an odd one, or times that with the other sign: signed digit by signed
/// digit.
Term multiplied(Pipeline& pipeline, std::int64_t element, std::int64_t odd) {
    const std::string own = fmt::format("p{}_{}", element, odd);
    const auto digits = signed_digits(odd);
    const auto term_of = [&](const std::pair<int, int>& digit) {
        return Term{fmt::format("x{}", element), -128, 127, digit.second < 0, digit.first};
    };
    Term sum = term_of(digits.front());
    for (std::size_t i = 1; i < digits.size(); ++i) {
        sum = pipeline.sum(fmt::format("{}_{}", own, i), sum, term_of(digits[i]), Pipeline::Holds::wire);
    }
    Term product = pipeline.add(own, sum.name, sum.low, sum.high);
    product.minus = sum.minus;
    return product;
}

/// Sums in pairs, as many levels as are asked for. Nothing in: nothing.
std::vector<Term> in_pairs(Pipeline& pipeline, std::vector<Term> terms, const std::string& name,
                           std::int64_t levels) {
    for (std::int64_t level = 1; level <= levels && !terms.empty(); ++level) {
        std::vector<Term> sums;
        for (std::size_t i = 0; i < terms.size(); i += 2) {
            const std::string own = fmt::format("{}_{}_{}", name, level, i / 2);
            if (i + 1 < terms.size()) {
                sums.push_back(pipeline.sum(own, terms[i], terms[i + 1], Pipeline::Holds::registers));
            } else {
                Term alone = pipeline.add(own, terms[i].name, terms[i].low, terms[i].high);
                alone.minus = terms[i].minus;
                alone.shift = terms[i].shift;
                sums.push_back(std::move(alone));
            }
        }
        terms = std::move(sums);
    }
    return terms;
}

std::string direct_head(const std::string& name, const std::string& what, const ModuleNote& note,
                        std::int64_t in_bytes, std::int64_t out_bytes, std::int64_t stages) {
    return stream_head(name, noted(what, note), {in_bytes}, {out_bytes}) +
           fill_in(R"(    // All %stages% stages move together, or wait.
    reg [%stages%:0] valid;
    wire go = ~valid[%stages%] | m_ready;
    assign s_ready = go;
    assign m_valid = valid[%stages%];
    always @(posedge clk) begin
        if (go) valid <= %moved%;
        if (rst) valid <= %valid_0%;
    end
    wire unused = &{1'b0, s_data};
)",
                   {{"stages", stages - 1},
                    {"moved", stages == 1 ? std::string("s_valid")
                                          : fmt::format("{{valid[{}:0], s_valid}}", stages - 2)},
                    {"valid_0", unsigned_constant(stages, 0)}});
}

/// Where in a window's beat the number lies that a weight multiplies.
std::int64_t element_of(const IntegerConv& conv, std::int64_t filter, std::int64_t channel,
                        std::int64_t tap) {
    const std::int64_t group = filter / (conv.out.channels / conv.groups);
    return tap * conv.in.channels + group * conv.depth() + channel;
}

}  // namespace

std::int64_t direct_stages(const IntegerConv& conv) {
    const std::int64_t each = conv.depth() * conv.window.taps();
    std::int64_t most = 1;
    for (auto filter = conv.weights.begin(); filter != conv.weights.end(); filter += each) {
        most = std::max<std::int64_t>(most, each - std::count(filter, filter + each, 0));
    }
    return kBesideSums + ceil_log2(most);
}

std::int64_t direct_stages(const MaxPool& pool) {
    return std::max<std::int64_t>(1, ceil_log2(pool.window.taps()));
}

std::int64_t direct_stages(const AveragePool& pool) {
    return std::max<std::int64_t>(1, ceil_log2(pool.window.taps())) + kDivisionStages;
}

std::string direct_module(const std::string& name, const ModuleNote& note, const IntegerConv& conv) {
    const std::int64_t taps = conv.window.taps();
    Pipeline pipeline;
    std::set<std::int64_t> elements;
    std::map<std::pair<std::int64_t, std::int64_t>, Term> products;
    std::vector<std::vector<Term>> filters;
    for (std::int64_t n = 0; n < conv.out.channels; ++n) {
        std::vector<Term>& terms = filters.emplace_back();
        for (std::int64_t c = 0; c < conv.depth(); ++c) {
            for (std::int64_t tap = 0; tap < taps; ++tap) {
                const std::int64_t weight =
                    conv.weights[static_cast<std::size_t>((n * conv.depth() + c) * taps + tap)];
                if (weight == 0) {
                    continue;
                }
                std::int64_t odd = std::abs(weight);
                std::int64_t shift = 0;
                for (; odd % 2 == 0; odd /= 2) {
                    ++shift;
                }
                const std::int64_t element = element_of(conv, n, c, tap);
                if (elements.insert(element).second) {
                    pipeline.declare(fmt::format("    wire signed [7:0] x{0} = s_data[{1} +: 8];\n", element,
                                                 8 * element));
                }
                auto [product, is_new] = products.try_emplace({element, odd});
                if (is_new) {
                    product->second = multiplied(pipeline, element, odd);
                }
                Term term = product->second;
                term.shift = shift;
                term.minus = term.minus != (weight < 0);
                terms.push_back(std::move(term));
            }
        }
    }
    const std::int64_t stages = direct_stages(conv);
    const std::int64_t levels = stages - kBesideSums;
    const bool is_exact = conv.result_bytes > 1;
    const std::int64_t result_bits = 8 * conv.result_bytes;
    std::string results;
    // Filters with the same weights that read the same numbers have one sum.
    std::map<std::pair<std::int64_t, std::vector<std::int64_t>>, std::vector<Term>> known;
    for (std::int64_t n = 0; n < conv.out.channels; ++n) {
        const auto own = static_cast<std::size_t>(n);
        const std::int64_t bias = conv.bias.empty() ? 0 : conv.bias[own];
        const auto first = conv.weights.begin() + n * conv.depth() * taps;
        const auto [shared, is_new] =
            known.try_emplace({n / (conv.out.channels / conv.groups), {first, first + conv.depth() * taps}},
                              std::vector<Term>{});
        if (is_new) {
            shared->second = in_pairs(pipeline, filters[own], fmt::format("f{}", n), levels);
        }
        const std::vector<Term>& sums = shared->second;
        Term sum = sums.empty() ? Term{"1'sb0", 0, 0} : sums.front();
        const std::int64_t power = std::int64_t{1} << sum.shift;
        const std::int64_t low = power * (sum.minus ? -sum.high : sum.low) + bias;
        const std::int64_t high = power * (sum.minus ? -sum.low : sum.high) + bias;
        const std::int64_t most_half =
            conv.shift > 0 && conv.shift < 40 ? std::int64_t{1} << (conv.shift - 1) : 0;
        const std::int64_t bits = std::max({signed_bits(low - most_half, high + most_half),
                                            sum.bits() + sum.shift + 1, signed_bits(bias, bias + most_half)});
        const std::int64_t half = is_exact ? 0 : rounding_half(bits, conv.shift);
        const std::string biased = fmt::format("biased_{}", n);
        const std::string whole = sum.shift == 0
                                      ? widened(sum, bits)
                                      : fmt::format("$signed({{{}, {}}})", widened(sum, bits - sum.shift),
                                                    unsigned_constant(sum.shift, 0));
        pipeline.add(biased,
                     fmt::format("{} {} {}", constant(bits, bias + half), sum.minus ? "-" : "+",
                                 sums.empty() ? constant(bits, 0) : whole),
                     -(std::int64_t{1} << (bits - 1)), (std::int64_t{1} << (bits - 1)) - 1);
        results += fill_in(
            R"(    generate
        if (1) begin : result_%n%
%scaled%            reg [%result_bits% - 1:0] result;
            always @(posedge clk) if (go) result <= %limited%;
            assign m_data[%at% +: %result_bits%] = result;
        end
    endgenerate
)",
            {{"n", n},
             {"scaled", is_exact ? "" : rounded_text(biased, bits, conv.shift)},
             {"result_bits", result_bits},
             {"at", n * result_bits},
             {"limited", !is_exact ? limited_text(scaled_bits(bits, conv.shift), conv.low, conv.high)
                                   : exact_text(biased, bits, result_bits)}});
    }
    return direct_head(name,
                       fmt::format("Direct mapping: {} multipliers, {} channels -> {}.", products.size(),
                                   conv.in.channels, conv.out.channels),
                       note, conv.in.channels * taps, conv.result_bytes * conv.out.channels, stages) +
           pipeline.text() + results + "endmodule\n";
}

std::string direct_module(const std::string& name, const ModuleNote& note, const MaxPool& pool) {
    const std::int64_t taps = pool.window.taps();
    const std::int64_t stages = direct_stages(pool);
    std::string text;
    std::string moves;
    for (std::int64_t c = 0; c < pool.in.channels; ++c) {
        std::vector<std::string> terms;
        for (std::int64_t tap = 0; tap < taps; ++tap) {
            const std::string x = fmt::format("x{}_{}", c, tap);
            text += fmt::format("    wire signed [7:0] {} = s_data[{} +: 8];\n", x,
                                8 * (tap * pool.in.channels + c));
            terms.push_back(x);
        }
        for (std::int64_t level = 1; level <= stages; ++level) {
            std::vector<std::string> larger;
            for (std::size_t i = 0; i < terms.size(); i += 2) {
                const std::string own = fmt::format("m{}_{}_{}", c, level, i / 2);
                text += fmt::format("    reg signed [7:0] {};\n", own);
                moves += i + 1 < terms.size() ? fmt::format("        {0} <= ({1} > {2}) ? {1} : {2};\n", own,
                                                            terms[i], terms[i + 1])
                                              : fmt::format("        {} <= {};\n", own, terms[i]);
                larger.push_back(own);
            }
            terms = std::move(larger);
        }
        text += fmt::format("    assign m_data[{} +: 8] = {};\n", 8 * c, terms.front());
    }
    return direct_head(name, "The largest of each channel.", note, pool.in.channels * taps, pool.in.channels,
                       stages) +
           text + "    always @(posedge clk) if (go) begin\n" + moves + "    end\nendmodule\n";
}

std::string direct_module(const std::string& name, const ModuleNote& note, const AveragePool& pool) {
    const std::int64_t taps = pool.window.taps();
    const std::int64_t levels = direct_stages(pool) - kDivisionStages;
    const Divisors divisors = divisors_of(pool);
    const bool several = divisors.all.size() > 1;
    Pipeline pipeline;
    std::string results;
    for (std::int64_t c = 0; c < pool.in.channels; ++c) {
        std::vector<Term> terms;
        for (std::int64_t tap = 0; tap < taps; ++tap) {
            const std::string x = fmt::format("x{}_{}", c, tap);
            pipeline.declare(fmt::format("    wire signed [7:0] {} = s_data[{} +: 8];\n", x,
                                         8 * (tap * pool.in.channels + c)));
            terms.push_back({x, -128, 127, false});
        }
        const Term sum = in_pairs(pipeline, terms, fmt::format("f{}", c), levels).front();
        results += fill_in(
            R"(    generate
        if (1) begin : result_%c%
%divide%            assign m_data[%at% +: 8] = quotient;
        end
    endgenerate
)",
            {{"c", c},
             {"at", 8 * c},
             {"divide", division_text({sum.name, sum.bits(), pool.scale, divisors.all,
                                       fmt::format("which_{}", levels), pool.low, pool.high, "go"})}});
    }
    std::string which;
    if (several) {
        // The divisor goes along with the sums.
        const std::int64_t pick = unsigned_bits(static_cast<std::int64_t>(divisors.all.size()) - 1);
        const std::int64_t y = unsigned_bits(pool.out.height - 1);
        const std::int64_t x = unsigned_bits(pool.out.width - 1);
        std::string names;
        std::string moves;
        for (std::int64_t level = 1; level <= levels; ++level) {
            names += fmt::format("{}which_{}", level == 1 ? "" : ", ", level);
            moves += level == 1 ? "" : fmt::format("        which_{} <= which_{};\n", level, level - 1);
        }
        which = fill_in(R"(    reg %y% y;
    reg %x% x;
    reg %pick% %names%;
    wire x_last = x == %x_last%;
    always @(posedge clk) begin
        if (go & s_valid) begin
            x <= x_last ? %x_0% : x + %x_1%;
            if (x_last) y <= (y == %y_last%) ? %y_0% : y + %y_1%;
        end
        if (rst) begin
            x <= %x_0%;
            y <= %y_0%;
        end
    end
    always @(posedge clk) if (go) begin
%cases%%moves%    end
)",
                        {{"y", range(y)},
                         {"y_0", unsigned_constant(y, 0)},
                         {"y_1", unsigned_constant(y, 1)},
                         {"y_last", unsigned_constant(y, pool.out.height - 1)},
                         {"x", range(x)},
                         {"x_0", unsigned_constant(x, 0)},
                         {"x_1", unsigned_constant(x, 1)},
                         {"x_last", unsigned_constant(x, pool.out.width - 1)},
                         {"pick", range(pick)},
                         {"names", names},
                         {"cases", step_cases("which_1", pick, divisors.which, 1, "y", "x")},
                         {"moves", moves}});
    }
    return direct_head(name, "The mean of each channel.", note, pool.in.channels * taps, pool.in.channels,
                       direct_stages(pool)) +
           which + pipeline.text() + results + "endmodule\n";
}

}  // namespace cleave
