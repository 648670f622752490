// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/platform_fields.hpp"

namespace cleave {
namespace {

template <class E>
void read_choice(Fields& fields, const char* key, E& value) {
    if (const auto field = fields.find(key)) {
        value = field->choice<E>(key).value_or(value);
    }
}

}  // namespace

EnergySettings read_energy(const std::optional<Field>& field) {
    EnergySettings energy;
    if (!field) {
        return energy;
    }
    Fields fields(*field);
    read_choice(fields, "scope", energy.scope);
    read_choice(fields, "conversion", energy.conversion);
    read_choice(fields, "unused_fpga", energy.unused_fpga);
    fields.done();
    return energy;
}

ResourceScope read_resources(const std::optional<Field>& field) {
    ResourceScope scope = ResourceScope::network;
    if (field) {
        Fields fields(*field);
        read_choice(fields, "scope", scope);
        fields.done();
    }
    return scope;
}

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

}  // namespace cleave
