// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/read_model.hpp"
#include "cleave/models/read_sheet.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace cleave {
namespace {

constexpr RealRange kScale{0.001, 1000};
/// Of logarithms.
constexpr RealRange kJointError{-JointError::kMost, JointError::kMost};
constexpr std::int64_t kMostSeen = std::int64_t{1} << 50;

class GpuReader {
public:
    explicit GpuReader(Fields& root) : root_(root), sheet_(root) {}

    ModelFile<GpuModel> read() {
        model_.name = sheet_.sheet().name;
        read_kernels("kernels", model_.kernels);
        if (root_.has("tuned")) {
            read_kernels("tuned", model_.tuned.emplace());
        }
        model_.tile_positions = sheet_.integer(root_, "tile_positions", {1, kLargestExtent});
        model_.tile_filters = sheet_.integer(root_, "tile_filters", {1, kLargestExtent});
        model_.roof_exponent = sheet_.real(root_, "roof_exponent", {1, 64});
        model_.element_bytes = sheet_.integer(root_, "element_bytes", {1, 16});
        if (root_.find("wave_tiles")) {
            model_.wave_tiles = sheet_.integer(root_, "wave_tiles", {1, kLargestExtent});
        }
        if (root_.find("cache")) {
            model_.cache = sheet_.quantity<Bytes>(root_, "cache", Zero::allowed);
        }
        read_power();
        read_spread();
        read_seen();
        read_loop();
        read_profiles();
        read_power_modes();
        root_.done();
        sheet_.done();
        return {model_, sheet_.sheet()};
    }

private:
    void read_kernels(const std::string& key, std::array<KernelParams, kKernelClasses>& kernels_of) {
        const std::optional<Field> field = root_.require(key);
        if (!field) {
            return;
        }
        Fields kernels(*field);
        for (std::size_t i = 0; i < kKernelClasses; ++i) {
            const auto kind = static_cast<KernelClass>(i);
            const std::string name = name_of(kind);
            const std::optional<KernelClass> wider = wider_class(kind);
            if (wider && !kernels.find(name)) {
                kernels_of[i] = kernels_of[static_cast<std::size_t>(*wider)];
            } else if (const auto entry = kernels.require(name)) {
                kernels_of[i] = read_kernel(*entry);
            }
        }
        kernels.done();
    }

    KernelParams read_kernel(const Field& entry) {
        Fields fields(entry);
        KernelParams kernel;
        kernel.overhead = sheet_.quantity<Seconds>(fields, "overhead", Zero::allowed);
        // find() names a key that is not there, so that a misspelt one is recognised.
        if (fields.find("per_depth")) {
            kernel.per_depth = sheet_.quantity<Seconds>(fields, "per_depth", Zero::allowed);
        }
        if (fields.find("compute")) {
            kernel.compute = sheet_.quantity<OperationsPerSecond>(fields, "compute", Zero::forbidden);
        }
        kernel.memory = sheet_.quantity<BytesPerSecond>(fields, "memory", Zero::forbidden);
        const auto real = [&](const char* key, double& value, RealRange range) {
            if (fields.find(key)) {
                value = sheet_.real(fields, key, range);
            }
        };
        real("output_passes", kernel.output_passes, {0, 1000});
        real("input_copies", kernel.input_copies, {0, 1000});
        real("weight_passes", kernel.weight_passes, {0, 1000});
        real("short_depth", kernel.short_depth, {0, 1e6});
        real("strided", kernel.strided, {1, 100});
        real("odd_width", kernel.odd_width, {1, 100});
        if (fields.find("tile_positions")) {
            kernel.tile_positions = sheet_.integer(fields, "tile_positions", {1, kLargestExtent});
        }
        if (fields.find("tile_filters")) {
            kernel.tile_filters = sheet_.integer(fields, "tile_filters", {1, kLargestExtent});
        }
        if (fields.find("tile_channels")) {
            kernel.tile_channels = sheet_.integer(fields, "tile_channels", {1, kLargestExtent});
        }
        if (fields.find("least_channels")) {
            kernel.least_channels = sheet_.integer(fields, "least_channels", {1, kLargestExtent});
        }
        if (fields.find("extra_power")) {
            kernel.extra_power = sheet_.quantity<Watts>(fields, "extra_power", Zero::allowed);
        }
        fields.done();
        return kernel;
    }

    void read_power() {
        const std::optional<Field> field = root_.require("power");
        if (!field) {
            return;
        }
        Fields power(*field);
        model_.power.idle = sheet_.quantity<Watts>(power, "idle", Zero::allowed);
        model_.power.active = sheet_.quantity<Watts>(power, "active", Zero::allowed);
        model_.power.per_mac = sheet_.quantity<JoulesPerOperation>(power, "per_mac", Zero::allowed);
        if (power.find("per_byte")) {
            model_.power.per_byte = sheet_.quantity<JoulesPerByte>(power, "per_byte", Zero::allowed);
        }
        power.done();
    }

    void read_spread() {
        if (const std::optional<Field> field = root_.find("spread")) {
            Fields spread(*field);
            model_.spread.latency = sheet_.real(spread, "latency", {0, 2});
            for (const auto& [key, value] : {std::pair("kernel_class", &model_.spread.kernel_class),
                                             std::pair("kernel", &model_.spread.kernel),
                                             std::pair("tuned_kernel", &model_.spread.tuned_kernel)}) {
                if (spread.find(key)) {
                    *value = sheet_.real(spread, key, {0, 2});
                }
            }
            model_.spread.power = sheet_.real(spread, "power", {0, 2});
            for (const auto& [key, error] :
                 {std::pair("library", &model_.spread.library), std::pair("tuned", &model_.spread.tuned)}) {
                if (const std::optional<Field> joint = spread.find(key)) {
                    read_joint_error(*joint, *error);
                }
            }
            spread.done();
        }
    }

    /// Row by row, in the order of the enum; each has one number more than the one before.
    void read_joint_error(const Field& field, JointError& error) {
        Fields rows(field);
        for (const auto& [figure, text] : names_of(KernelFigure{})) {
            const std::string name(text);
            if (!rows.find(name)) {
                continue;
            }
            const std::optional<Field> value = sheet_.figure(rows, name);
            error.figures.push_back(figure);
            std::vector<double>& row = error.factor.emplace_back();
            if (!value) {
                continue;
            }
            std::istringstream words(value->node().text);
            for (Node word = value->node(); words >> word.text;) {
                row.push_back(Field(word, value->path(), value->faults()).real(kJointError).value_or(0));
            }
            if (row.size() != error.figures.size()) {
                value->fault(fmt::format("needs {} numbers with blanks between them", error.figures.size()));
            }
        }
        rows.done();
    }

    void read_seen() {
        const std::optional<Field> field = root_.find("seen");
        if (!field) {
            return;
        }
        Fields seen(*field);
        for (std::size_t i = 0; i < kKernelClasses; ++i) {
            if (const auto entry = seen.find(name_of(static_cast<KernelClass>(i)))) {
                Fields fields(*entry);
                KernelRange range;
                range.least_macs = sheet_.integer(fields, "least_macs", {0, kMostSeen});
                range.most_macs = sheet_.integer(fields, "most_macs", {0, kMostSeen});
                range.most_depth = sheet_.integer(fields, "most_depth", {0, kMostSeen});
                range.most_positions = sheet_.integer(fields, "most_positions", {0, kMostSeen});
                fields.done();
                model_.seen[i] = range;
            }
        }
        seen.done();
    }

    void read_loop() {
        if (const std::optional<Field> field = root_.find("measuring_loop")) {
            Fields loop(*field);
            model_.loop_gap = sheet_.quantity<Seconds>(loop, "gap", Zero::allowed);
            model_.loop_host = sheet_.quantity<Seconds>(loop, "host", Zero::allowed);
            loop.done();
        }
    }

    void read_profiles() {
        const std::optional<Field> field = root_.require("profiles");
        if (!field) {
            return;
        }
        for (const auto& [key, entry] : field->named_items("execution profiles")) {
            Fields fields(entry);
            ExecutionProfile profile;
            profile.name = key.text;
            if (const auto runs = fields.find("runs")) {
                profile.runs = runs->name().value_or("");
            }
            profile.host_overhead = sheet_.quantity<Seconds>(fields, "host_overhead", Zero::allowed);
            if (const auto separate = fields.require("separate_elementwise")) {
                profile.separate_elementwise = separate->boolean().value_or(false);
            }
            if (const auto scale = fields.require("kernel_scale")) {
                read_scale(*scale, profile);
            }
            if (fields.find("weight_passes")) {
                profile.weight_passes = sheet_.real(fields, "weight_passes", {0, 1});
            }
            if (fields.find("input_copies")) {
                profile.input_copies = sheet_.real(fields, "input_copies", {0, 1});
            }
            if (const auto kernels = fields.find("kernels")) {
                profile.kernels =
                    kernels->choice<ExecutionProfile::Kernels>("set of kernels").value_or(profile.kernels);
                if (profile.kernels == ExecutionProfile::Kernels::tuned && !model_.tuned) {
                    kernels->fault("the model has no tuned kernels");
                    profile.kernels = ExecutionProfile::Kernels::library;
                }
            }
            fields.done();
            model_.profiles.push_back(std::move(profile));
        }
    }

    /// Classes by name; `others` stands for those not named, but for those that are part of a named one.
    void read_scale(const Field& field, ExecutionProfile& profile) {
        Fields fields(field);
        std::vector<std::size_t> others;
        for (std::size_t i = 0; i < kKernelClasses; ++i) {
            const auto kind = static_cast<KernelClass>(i);
            const std::string name = name_of(kind);
            const std::optional<KernelClass> wider = wider_class(kind);
            if (fields.find(name)) {
                profile.kernel_scale[i] = sheet_.real(fields, name, kScale);
            } else if (wider && fields.has(name_of(*wider))) {
                profile.kernel_scale[i] = profile.kernel_scale[static_cast<std::size_t>(*wider)];
            } else {
                others.push_back(i);
            }
        }
        if (!others.empty() || fields.has("others")) {
            const double scale = sheet_.real(fields, "others", kScale);
            for (const std::size_t i : others) {
                profile.kernel_scale[i] = scale;
            }
        }
        fields.done();
    }

    void read_power_modes() {
        const std::optional<Field> reference = root_.require("reference_mode");
        const std::optional<Field> field = root_.require("power_modes");
        if (!field) {
            return;
        }
        std::vector<std::string> names;
        for (const auto& [key, entry] : field->named_items("power modes")) {
            Fields fields(entry);
            PowerMode mode;
            mode.name = key.text;
            mode.gpu_clock = sheet_.quantity<Hertz>(fields, "gpu_clock", Zero::forbidden);
            mode.cpu_clock = sheet_.quantity<Hertz>(fields, "cpu_clock", Zero::forbidden);
            fields.done();
            names.push_back(mode.name);
            model_.power_modes.push_back(std::move(mode));
        }
        if (reference && !names.empty()) {
            model_.reference_mode = reference->one_of(names, "power mode").value_or(0);
        }
    }

    Fields& root_;
    SheetReader sheet_;
    GpuModel model_;
};

}  // namespace

std::optional<ModelFile<GpuModel>> read_gpu_model(const Node& root, FaultList& faults) {
    return read_kind<GpuModel>(root, faults, "cleave_gpu",
                               [](Fields& fields) { return GpuReader(fields).read(); });
}

}  // namespace cleave
