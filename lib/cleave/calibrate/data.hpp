// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/layer_work.hpp"
#include "cleave/units/quantity.hpp"

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

/// A network as it was measured on a GPU, batch 1.
struct Workload {
    std::string name;
    /// What rows of one network share, whatever its resolution: the name up to '@'. Folds never divide it.
    std::string network;
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
    std::vector<DataFile> files;
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
