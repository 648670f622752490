// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/platform.hpp"
#include "cleave/models/read_model.hpp"
#include "cleave/text/fields.hpp"

#include <map>
#include <optional>
#include <vector>

namespace cleave {

/// Whether every setting must be given, or what is absent has its default.
enum class Settings { complete, with_defaults };

/// A platform while it is read: its models, and what is chosen of them. Configurations and platform.yaml have
/// these settings alike.
struct PlatformParts {
    std::optional<ModelFile<GpuModel>> gpu;
    std::optional<ModelFile<FpgaModel>> fpga;
    std::optional<ModelFile<LinkModel>> link;
    std::size_t profile = 0;
    std::size_t mode = 0;
    /// By number in the model's list; one at least.
    std::vector<std::size_t> implementations{0};
    /// Absent: that of each implementation. `clocks` are those of some of them, by number.
    std::optional<Hertz> clock;
    std::map<std::size_t, Hertz> clocks;
    Resources capacity;
    EnergyScope energy_scope = EnergyScope::system;
    ResourceScope resource_scope = ResourceScope::network;
    Conversion conversion = Conversion::charged;
    UnusedFpga unused_fpga = UnusedFpga::powered;
    HandOver hand_over = HandOver::buffered;

    // These report what is wrong in the fields, keys that were not looked up included. Models are read
    // before.
    void read_gpu(Fields& fields);
    void read_fpga(Fields& fields, Settings settings);
    void read_hand_over(Fields& fields);
    /// `baseline` is another way to say `energy.unused_fpga`.
    void read_energy(const std::optional<Field>& field, const std::optional<Field>& baseline);
    void read_resources(const std::optional<Field>& field);

    /// All three models must be there; their values are moved from.
    [[nodiscard]] Platform assemble();

private:
    void read_implementations(const Field& field);
    void read_clock(const Field& field);
};

}  // namespace cleave
