// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/layer_work.hpp"
#include "cleave/units/quantity.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// A data file that a model is fitted to.
struct DataFile {
    /// Without folders.
    std::string name;
    std::string sha256;
    std::size_t rows = 0;
};

/// Rows that a fit does not use, and why.
struct LeftOut {
    std::string name;
    std::string reason;
};

/// Equal layers of a measured network.
struct WorkloadLayer {
    double count = 1;
    LayerWork work;
};

/// The letters that a network's name begins with (ResNet of ResNet-101V2), without the V of a version
/// (MobileNet of MobileNetV2); all of it if there are none.
[[nodiscard]] inline std::string network_family(const std::string& network) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto end = std::find_if_not(network.begin(), network.end(), is_letter);
    std::string family = end == network.begin() ? network : std::string(network.begin(), end);
    const bool version = end != network.end() && *end >= '0' && *end <= '9';
    if (version && family.size() > 1 && (family.back() == 'V' || family.back() == 'v')) {
        family.pop_back();
    }
    return family;
}

/// A network as it was measured on a GPU, batch 1.
struct Workload {
    std::string name;
    /// What rows of one network share, whatever its resolution: the name up to '@'. Folds never divide it.
    std::string network;
    /// What networks of one kind share: see network_family.
    std::string family;
    std::optional<Seconds> latency;
    /// Average over the measuring loop.
    std::optional<Watts> power;
    std::vector<WorkloadLayer> layers;
};

/// A single kernel as it was measured.
struct KernelMeasurement {
    std::string name;
    LayerWork work;
    Seconds latency;
};

struct GpuData {
    /// Names are empty where there is no such file.
    DataFile workload_file;
    std::vector<DataFile> layer_files;
    DataFile kernel_file;
    std::vector<Workload> workloads;
    std::vector<KernelMeasurement> kernels;
    std::vector<LeftOut> left_out;
};

/// A convolution synthesised, placed and routed alone. Absent figures were not reported.
struct FpgaDesign {
    std::string name;
    LayerWork work;
    std::optional<double> alm;
    std::optional<double> alut;
    std::optional<double> m20k;
    std::optional<Hertz> fmax;
    std::optional<Watts> power;
};

struct FpgaData {
    std::vector<DataFile> files;
    std::vector<FpgaDesign> designs;
    std::vector<LeftOut> left_out;
};

struct LinkTransfer {
    std::string name;
    Bytes size;
    std::optional<Seconds> to_fpga;
    std::optional<Seconds> to_gpu;
};

struct LinkData {
    std::vector<DataFile> files;
    std::vector<LinkTransfer> transfers;
};

}  // namespace cleave
