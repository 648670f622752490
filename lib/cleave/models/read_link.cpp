// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/read_model.hpp"
#include "cleave/models/read_sheet.hpp"

namespace cleave {
namespace {

LinkDirection read_direction(SheetReader& sheet, const Field& field) {
    Fields fields(field);
    LinkDirection direction;
    direction.floor = sheet.quantity<Seconds>(fields, "floor", Zero::allowed);
    direction.overhead = sheet.quantity<Seconds>(fields, "overhead", Zero::allowed);
    direction.bandwidth = sheet.quantity<BytesPerSecond>(fields, "bandwidth", Zero::forbidden);
    if (fields.find("exponent")) {
        direction.exponent = sheet.real(fields, "exponent", {1, 64});
    }
    if (fields.find("spread")) {
        direction.spread = sheet.real(fields, "spread", {0, 2});
    }
    if (fields.find("sync")) {
        direction.sync = sheet.quantity<Seconds>(fields, "sync", Zero::allowed);
    }
    if (fields.find("sync_spread")) {
        direction.sync_spread = sheet.real(fields, "sync_spread", {0, 2});
    }
    fields.done();
    return direction;
}

ModelFile<LinkModel> read_link(Fields& fields) {
    SheetReader sheet(fields);
    LinkModel link;
    link.name = sheet.sheet().name;
    if (const auto field = fields.require("to_fpga")) {
        link.to_fpga = read_direction(sheet, *field);
    }
    if (const auto field = fields.require("to_gpu")) {
        link.to_gpu = read_direction(sheet, *field);
    }
    link.energy = sheet.quantity<JoulesPerByte>(fields, "energy", Zero::allowed);
    link.idle_power = sheet.quantity<Watts>(fields, "idle_power", Zero::allowed);
    fields.done();
    sheet.done();
    return {link, sheet.sheet()};
}

}  // namespace

std::optional<ModelFile<LinkModel>> read_link_model(const Node& root, FaultList& faults) {
    return read_kind<LinkModel>(root, faults, "cleave_link", read_link);
}

}  // namespace cleave
