// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/join_kernels.hpp"

#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace cleave {
namespace {

constexpr std::size_t kNamesInNotes = 4;

std::string show_dims(const std::vector<std::int64_t>& dims) {
    return fmt::format("{}", fmt::join(dims, "x"));
}

/// Kernels without a row, by the reason.
class Unplaced {
public:
    void add(const std::string& reason, const KernelTime& kernel) {
        auto& [names, time] = by_reason_[reason];
        names.push_back(quote(kernel.kernel));
        time += kernel.time;
    }
    void note(Notes& notes) const {
        for (const auto& [reason, found] : by_reason_) {
            notes.push_back(fmt::format(
                "no row for {} of {:.6g} ms ({}): {}",
                found.first.size() == 1 ? "a kernel" : fmt::format("{} kernels", found.first.size()),
                found.second.value() * 1e3, reason, list_some(found.first)));
        }
    }

private:
    std::map<std::string, std::pair<std::vector<std::string>, Seconds>> by_reason_;
};

/// The layer that several convolutions of one map are when they run as one; nothing if they cannot.
std::optional<LayerRow> merged(const Network& network, const std::vector<LayerId>& ids) {
    std::optional<LayerRow> whole;
    for (const LayerId id : ids) {
        const auto row = layer_row(network, id);
        if (!whole) {
            whole = row;
            continue;
        }
        const bool fits = row->op == "conv" && whole->op == "conv" && row->groups == 1 &&
                          whole->groups == 1 && row->window == whole->window &&
                          network.layer(id).inputs == network.layer(ids.front()).inputs;
        if (!fits) {
            return std::nullopt;
        }
        whole->out.channels += row->out.channels;
        whole->macs += row->macs;
        whole->params += row->params;
    }
    return whole;
}

/// A kernel's output against that of its layer: their elements, since formats order dimensions in their own
/// way.
void check_output(const KernelTime& kernel, const LayerRow& layer, const ModelLayers& model,
                  FaultList& faults) {
    if (kernel.output.empty()) {
        return;
    }
    const std::int64_t elements =
        std::accumulate(kernel.output.begin(), kernel.output.end(), std::int64_t{1}, std::multiplies<>());
    if (elements == layer.out.elements()) {
        return;
    }
    const std::int64_t batch = kernel.output.front();
    const bool batched = batch > 1 && elements == batch * layer.out.elements();
    faults.add(
        kernel.place, "",
        fmt::format("{} gives out {}, {}", quote(kernel.kernel), show_dims(kernel.output),
                    batched
                        ? fmt::format("a batch of {}: rows are of batch 1", batch)
                        : fmt::format("but the layer of {} gives {}x{}x{}: is it another model, or "
                                      "another input shape (--input-shape)?",
                                      model.file(), layer.out.channels, layer.out.height, layer.out.width)));
}

/// Kernels of one layer, or of several that were merged.
struct Placed {
    LayerRow row;
    Seconds time;
    std::vector<std::string> kernels;
};

void join_with_model(const std::vector<KernelTime>& kernels, const std::string& report,
                     const std::string& source, const ModelLayers& model, Measured& result,
                     FaultList& faults) {
    Unplaced unplaced;
    std::vector<Placed> placed;
    std::map<std::vector<LayerId>, std::size_t> places;
    std::set<LayerId> seen;
    for (const KernelTime& kernel : kernels) {
        std::vector<LayerId> ids;
        for (const std::string& node : kernel.nodes) {
            for (const LayerId id : model.find(node)) {
                if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
                    ids.push_back(id);
                }
            }
        }
        if (kernel.does == KernelTime::Does::reorder) {
            unplaced.add("reorders a map", kernel);
            continue;
        }
        if (ids.empty()) {
            unplaced.add("computes no layer that has rows", kernel);
            continue;
        }
        seen.insert(ids.begin(), ids.end());
        const auto row = merged(model.network(), ids);
        if (!row) {
            unplaced.add("computes several different layers", kernel);
            continue;
        }
        check_output(kernel, *row, model, faults);
        const auto [place, is_new] = places.emplace(ids, placed.size());
        if (is_new) {
            placed.push_back({*row, Seconds(0), {}});
        }
        placed[place->second].time += kernel.time;
        placed[place->second].kernels.push_back(kernel.kernel);
    }
    if (seen.empty()) {
        faults.add(
            Fault{report, 1, 1, "",
                  fmt::format("none of its names is that of a convolution, fully connected layer or "
                              "pooling of {}: is it of another model, or were its "
                              "nodes renamed (in ONNX Runtime by optimisations beyond the level basic)?",
                              quote(model.file()))});
    }
    for (const Placed& p : placed) {
        if (p.time.value() > 0) {
            add_kernel_row(result.table, p.row, p.time, fmt::format("{}", fmt::join(p.kernels, "; ")),
                           source);
        } else {
            result.notes.push_back(fmt::format("no row for {}: its time is 0", quote(p.kernels.front())));
        }
    }
    unplaced.note(result.notes);
    std::vector<std::string> missing;
    for (const LayerId id : model.with_rows()) {
        if (seen.count(id) == 0) {
            const std::string& name = model.name(id);
            missing.push_back(quote(name.empty() ? model.network().layer(id).name : name));
        }
    }
    if (!missing.empty()) {
        result.notes.push_back(fmt::format("no time for {} of {} layers of {}: {}", missing.size(),
                                           model.with_rows().size(), model.file(), list_some(missing)));
    }
}

}  // namespace

std::string list_some(const std::vector<std::string>& names) {
    const std::size_t shown = names.size() <= kNamesInNotes + 1 ? names.size() : kNamesInNotes;
    std::string text;
    for (std::size_t i = 0; i < shown; ++i) {
        text += (i == 0 ? "" : ", ") + names[i];
    }
    return shown == names.size() ? text : fmt::format("{} and {} more", text, names.size() - shown);
}

void add_kernel_row(RowTable& table, const LayerRow& layer, Seconds time, const std::string& kernel,
                    const std::string& source) {
    const std::size_t row = table.add_row();
    const auto split = [](const std::string& text) {
        std::vector<std::string> parts;
        for (std::size_t at = 0; at <= text.size();) {
            const std::size_t end = std::min(text.find(',', at), text.size());
            parts.push_back(text.substr(at, end - at));
            at = end + 1;
        }
        return parts;
    };
    const auto names = split(kLayerColumns);
    const auto cells = split(layer_cells(layer));
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] != "macs" && names[i] != "params") {  // not known where a report describes the layer
            table.set(row, names[i], cells[i]);
        }
    }
    table.set(row, "latency_ms", number_cell(time.value() * 1e3));
    table.set(row, "kernel", kernel);
    table.set(row, "source", source);
}

Measured join_kernels(const std::vector<KernelTime>& kernels, const std::string& report,
                      const std::string& source, const ModelLayers* model, FaultList& faults) {
    Measured result;
    if (model != nullptr) {
        join_with_model(kernels, report, source, *model, result, faults);
        return result;
    }
    Unplaced unplaced;
    for (const KernelTime& kernel : kernels) {
        if (kernel.layer && kernel.time.value() > 0) {
            add_kernel_row(result.table, *kernel.layer, kernel.time, kernel.kernel, source);
        } else {
            unplaced.add("the report describes no layer for it", kernel);
        }
    }
    unplaced.note(result.notes);
    return result;
}

}  // namespace cleave
