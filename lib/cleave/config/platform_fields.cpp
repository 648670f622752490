// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/platform_fields.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cleave {
namespace {

template <class E>
void read_choice(Fields& fields, const char* key, E& value) {
    if (const auto field = fields.find(key)) {
        value = field->choice<E>(key).value_or(value);
    }
}

/// Index of the item that a field names; the first, with a fault, if there is none.
template <class T>
std::size_t pick(const std::optional<Field>& field, const std::vector<T>& items, std::string_view what) {
    std::vector<std::string> names;
    for (const T& item : items) {
        names.push_back(item.name);
    }
    return field ? field->one_of(names, what).value_or(0) : 0;
}

/// By its name, or by what runs so.
std::size_t pick_profile(const std::optional<Field>& field, const std::vector<ExecutionProfile>& profiles) {
    for (std::size_t i = 0; field && field->is(NodeKind::scalar) && i < profiles.size(); ++i) {
        if (!profiles[i].runs.empty() && profiles[i].runs == field->node().text) {
            return i;
        }
    }
    return pick(field, profiles, "profile");
}

/// `fpga.capacity`: replaces what it names.
void read_capacity(const Field& field, Resources& capacity) {
    Fields fields(field);
    const auto blocks = [&](const char* key, std::int64_t& count) {
        if (const auto entry = fields.find(key)) {
            count = entry->integer({0, 1'000'000'000}).value_or(count);
        }
    };
    blocks("alm", capacity.alm);
    blocks("dsp", capacity.dsp);
    blocks("m20k", capacity.m20k);
    fields.done();
}

}  // namespace

void PlatformParts::read_gpu(Fields& fields) {
    const auto profile_field = fields.require("profile");
    const auto mode_field = fields.require("power_mode");
    fields.done();
    if (gpu) {
        profile = pick_profile(profile_field, gpu->model.profiles);
        mode = pick(mode_field, gpu->model.power_modes, "power mode");
    }
}

void PlatformParts::read_fpga(Fields& fields, Settings settings) {
    const auto setting = [&](const char* key) {
        return settings == Settings::complete ? fields.require(key) : fields.find(key);
    };
    const auto name = fields.require("implementation");
    if (fpga) {
        capacity = fpga->model.capacity;
        if (name) {
            read_implementations(*name);
        }
    }
    if (const auto field = setting("clock")) {
        read_clock(*field);
    }
    if (const auto field = setting("capacity")) {
        read_capacity(*field, capacity);
    }
    fields.done();
}

/// One name, or a list of names.
void PlatformParts::read_implementations(const Field& field) {
    const std::vector<Implementation>& all = fpga->model.implementations;
    if (!field.is(NodeKind::sequence)) {
        implementations = {pick(field, all, "implementation")};
        return;
    }
    const std::size_t before = field.faults().size();
    std::vector<std::size_t> numbers;
    for (const Field& one : field.items("implementations")) {
        const std::size_t number = pick(one, all, "implementation");
        if (std::count(numbers.begin(), numbers.end(), number) != 0) {
            one.fault("is named twice");
        }
        numbers.push_back(number);
    }
    if (field.faults().size() != before) {
        return;
    }
    if (numbers.empty()) {
        field.fault("is empty (one implementation at least is needed)");
    } else if (const auto why = unmixable(fpga->model, numbers)) {
        field.fault(*why);
    } else {
        implementations = std::move(numbers);
    }
}

/// One clock for all, or some by the name of their implementation.
void PlatformParts::read_clock(const Field& field) {
    if (!field.is(NodeKind::map)) {
        clock = field.quantity<Hertz>();
        return;
    }
    Fields fields(field);
    for (const std::size_t number : fpga ? implementations : std::vector<std::size_t>{}) {
        if (const auto one = fields.find(fpga->model.implementations[number].name.c_str())) {
            if (const auto value = one->quantity<Hertz>()) {
                clocks[number] = *value;
            }
        }
    }
    if (fpga) {
        fields.done();
    }
}

void PlatformParts::read_hand_over(Fields& fields) { read_choice(fields, "hand_over", hand_over); }

void PlatformParts::read_energy(const std::optional<Field>& field, const std::optional<Field>& baseline) {
    if (baseline) {
        // Whether the FPGA is bought for this, or is there and draws power whether it is used or not.
        const Choices<UnusedFpga> choices{{"add", UnusedFpga::off}, {"use", UnusedFpga::powered}};
        unused_fpga = baseline->choice(choices, "baseline").value_or(unused_fpga);
    }
    if (field) {
        Fields fields(*field);
        if (const auto unused = fields.find("unused_fpga"); unused && baseline) {
            unused->fault("is what baseline says already (one of both is enough)");
        }
        read_choice(fields, "scope", energy_scope);
        read_choice(fields, "conversion", conversion);
        read_choice(fields, "unused_fpga", unused_fpga);
        fields.done();
    }
}

void PlatformParts::read_resources(const std::optional<Field>& field) {
    if (field) {
        Fields fields(*field);
        read_choice(fields, "scope", resource_scope);
        fields.done();
    }
}

Platform PlatformParts::assemble() {
    std::vector<ClockedImplementation> chosen;
    for (const std::size_t number : implementations) {
        const auto own = clocks.find(number);
        chosen.push_back({number, own != clocks.end()
                                      ? own->second
                                      : clock.value_or(fpga->model.implementations[number].clock)});
    }
    return {Gpu(std::move(gpu->model), profile, mode),
            Fpga(std::move(fpga->model), std::move(chosen), capacity),
            std::move(link->model),
            energy_scope,
            resource_scope,
            conversion,
            unused_fpga,
            hand_over};
}

}  // namespace cleave
