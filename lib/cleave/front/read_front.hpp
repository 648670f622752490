// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/front/write_front.hpp"
#include "cleave/text/node.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// Where a layer is, as a point says.
struct FrontLayer {
    enum class Device { gpu, fpga, split };
    /// In front.json.
    Place place;
    std::string path;
    std::string name;
    Device device = Device::gpu;
    std::int64_t fpga_run = 0;
    SplitAxis axis = SplitAxis::channels;
    std::int64_t fpga_share = 0;
    /// As Split::picked, of the layer that is split itself.
    std::vector<std::int64_t> picked;
    /// On the FPGA or split; nothing in files of older versions.
    std::optional<std::string> implementation;
    std::optional<Fold> fold;
};

/// A point of a front, as much of it as deploying needs.
struct FrontEntry {
    /// In front.json.
    Place place;
    std::string path;
    std::string id;
    double latency_s = 0;
    double energy_j = 0;
    std::int64_t link_bytes = 0;
    /// Of all modules, in order.
    std::vector<FrontLayer> layers;
};

struct FrontFile {
    std::string network;
    InputHashes inputs;
    /// As context.weights.
    std::string weights;
    std::string min_latency;
    std::string knee;
    std::string min_energy;
    std::vector<FrontEntry> points;
};

/// Reads front.json (docs/schema/front.schema.json).
/// @return nothing if there are faults, which are all those of what is read
[[nodiscard]] std::optional<FrontFile> read_front(const Node& document, FaultList& faults);

/// The mapping that a point's layers say; with hardware if the FPGA has several implementations or a layer is
/// folded.
/// @throws InputError if they are not those of the network, or do not say where layers are in a way that a
/// mapping can
[[nodiscard]] Mapping mapping_of(const FrontEntry& point, const UnitGraph& units, const Fpga& fpga);

}  // namespace cleave
