// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/slice_logic.hpp"

#include "cleave/cost/exponents.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

std::int64_t count_of(const FilterWeights& layer, SlicePart part) {
    switch (part) {
        case SlicePart::filters: return layer.filters;
        case SlicePart::channels: return layer.channels;
        case SlicePart::groups: return layer.groups;
    }
    throw std::logic_error("part of a slice out of range");
}

/// Calls a function with each run of weights of a part: where it begins and how many they are.
template <class Function>
void for_each_run(const FilterWeights& layer, SlicePart part, std::int64_t number, const Function& function) {
    switch (part) {
        case SlicePart::filters: function(number * layer.each(), layer.each()); return;
        case SlicePart::groups: {
            const std::int64_t size = layer.filters * layer.each();
            function(number * size, size);
            return;
        }
        case SlicePart::channels:
            for (std::int64_t n = 0; n < layer.filters; ++n) {
                function(n * layer.each() + number * layer.taps, layer.taps);
            }
            return;
    }
}

double largest_of(const FilterWeights& layer, SlicePart part, std::int64_t number) {
    double most = 0;
    for_each_run(layer, part, number, [&](std::int64_t begin, std::int64_t count) {
        for (const float w :
             layer.weights.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count))) {
            most = std::max(most, std::abs(static_cast<double>(w)));
        }
    });
    return most;
}

/// The format of the whole layer.
int exponent_of(const FilterWeights& layer) {
    double largest = 0;
    for (std::int64_t group = 0; group < layer.groups; ++group) {
        largest = std::max(largest, largest_of(layer, SlicePart::groups, group));
    }
    return fitting_exponent(largest);
}

/// The logic of some parts in one format, part by part.
class Counter {
public:
    Counter(const FilterWeights& layer, int exponent) : layer_(layer), exponent_(exponent) {}
    virtual ~Counter() = default;
    Counter(const Counter&) = delete;
    Counter& operator=(const Counter&) = delete;
    Counter(Counter&&) = delete;
    Counter& operator=(Counter&&) = delete;

    virtual void add(std::int64_t number) = 0;
    [[nodiscard]] virtual CsdLogic logic() const = 0;

protected:
    [[nodiscard]] const FilterWeights& layer() const { return layer_; }
    [[nodiscard]] std::vector<std::int8_t> rounded(std::int64_t begin, std::int64_t count) const {
        std::vector<std::int8_t> result;
        result.reserve(static_cast<std::size_t>(count));
        for (const float w :
             layer_.weights.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count))) {
            result.push_back(static_cast<std::int8_t>(rounded_weight(static_cast<double>(w), exponent_)));
        }
        return result;
    }

private:
    const FilterWeights& layer_;
    int exponent_;
};

class FilterCounter final : public Counter {
public:
    FilterCounter(const FilterWeights& layer, int exponent)
        : Counter(layer, exponent), filters_(layer.each()) {}
    void add(std::int64_t number) override { filters_.add(rounded(number * layer().each(), layer().each())); }
    [[nodiscard]] CsdLogic logic() const override { return filters_.logic(); }

private:
    CsdFilters filters_;
};

class GroupCounter final : public Counter {
public:
    using Counter::Counter;
    void add(std::int64_t number) override {
        const std::int64_t size = layer().filters * layer().each();
        logic_ += csd_logic(rounded(number * size, size), layer().each(), 1);
    }
    [[nodiscard]] CsdLogic logic() const override { return logic_; }

private:
    CsdLogic logic_;
};

class ChannelCounter final : public Counter {
public:
    ChannelCounter(const FilterWeights& layer, int exponent)
        : Counter(layer, exponent),
          terms_(static_cast<std::size_t>(layer.filters)),
          class_of_(static_cast<std::size_t>(layer.filters)) {}

    void add(std::int64_t number) override {
        CsdProducts products(layer().taps);
        // Filters that have been equal so far, divided by their weights of this channel.
        std::map<std::pair<std::size_t, std::vector<std::int8_t>>, std::size_t> classes;
        for (std::int64_t n = 0; n < layer().filters; ++n) {
            const auto own = static_cast<std::size_t>(n);
            std::vector<std::int8_t> weights =
                rounded(n * layer().each() + number * layer().taps, layer().taps);
            for (std::size_t i = 0; i < weights.size(); ++i) {
                products.add(static_cast<std::int64_t>(i), std::abs(static_cast<int>(weights[i])));
                terms_[own] += weights[i] != 0 ? 1 : 0;
            }
            class_of_[own] =
                classes.try_emplace({class_of_[own], std::move(weights)}, classes.size()).first->second;
        }
        multipliers_ += products.logic();
    }

    [[nodiscard]] CsdLogic logic() const override {
        CsdLogic logic = multipliers_;
        std::vector<bool> counted(class_of_.size());
        for (std::size_t n = 0; n < class_of_.size(); ++n) {
            logic.filters += terms_[n] > 0 ? 1 : 0;
            logic.terms += counted[class_of_[n]] ? 0 : terms_[n];
            counted[class_of_[n]] = true;
        }
        return logic;
    }

private:
    CsdLogic multipliers_;
    /// By filter.
    std::vector<std::int64_t> terms_;
    std::vector<std::size_t> class_of_;
};

std::unique_ptr<Counter> make_counter(const FilterWeights& layer, SlicePart part, int exponent) {
    switch (part) {
        case SlicePart::filters: return std::make_unique<FilterCounter>(layer, exponent);
        case SlicePart::channels: return std::make_unique<ChannelCounter>(layer, exponent);
        case SlicePart::groups: return std::make_unique<GroupCounter>(layer, exponent);
    }
    throw std::logic_error("part of a slice out of range");
}

}  // namespace

std::vector<CsdLogic> logic_of_slices(const FilterWeights& layer, SlicePart part,
                                      std::span<const std::int64_t> order) {
    std::vector<CsdLogic> result;
    result.reserve(order.size());
    std::unique_ptr<Counter> counter;
    double largest = 0;
    int exponent = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        largest = std::max(largest, largest_of(layer, part, order[i]));
        const int needed = fitting_exponent(largest);
        if (!counter || needed != exponent) {
            exponent = needed;
            counter = make_counter(layer, part, exponent);
            for (std::size_t k = 0; k < i; ++k) {
                counter->add(order[k]);
            }
        }
        counter->add(order[i]);
        result.push_back(counter->logic());
    }
    return result;
}

CsdLogic logic_of_layer(const FilterWeights& layer) {
    const SlicePart part = layer.groups > 1 ? SlicePart::groups : SlicePart::filters;
    const auto counter = make_counter(layer, part, exponent_of(layer));
    for (std::int64_t number = 0; number < count_of(layer, part); ++number) {
        counter->add(number);
    }
    return counter->logic();
}

std::vector<std::int64_t> in_order(const FilterWeights& layer, SlicePart part) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count_of(layer, part)));
    std::iota(order.begin(), order.end(), 0);
    return order;
}

std::vector<std::int64_t> cheapest_first(const FilterWeights& layer, SlicePart part) {
    std::vector<std::int64_t> order = in_order(layer, part);
    const int exponent = exponent_of(layer);
    std::vector<std::int64_t> adders;
    for (const std::int64_t number : order) {
        const auto counter = make_counter(layer, part, exponent);
        counter->add(number);
        const CsdLogic alone = counter->logic();
        adders.push_back(alone.terms + alone.adders);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        return adders[static_cast<std::size_t>(a)] < adders[static_cast<std::size_t>(b)];
    });
    return order;
}

}  // namespace cleave
