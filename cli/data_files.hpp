// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_network.hpp"
#include "commands.hpp"

#include <string>
#include <vector>

namespace cleave::cli {

/// Names of the YAML files in `folder` of all data folders, without ending, sorted, once each.
[[nodiscard]] std::vector<std::string> list_names(const Session& session, const std::string& folder);

/// A bare name is looked up in `folder` of the data folders; anything with a slash or ending in .yaml
/// or .onnx is a path.
/// @throws InputError if there is no file of that name.
[[nodiscard]] std::string find_file(const Session& session, const std::string& folder,
                                    const std::string& name);

/// A configuration of the user's; a path is taken as it is.
/// @throws InputError naming the file that was probably meant, if there is none of that name but one
/// in configs/ of the working directory or of a data folder
void require_config(const Session& session, const std::string& path);

/// front.json of a result folder, or the file that is named.
[[nodiscard]] std::string front_path(const std::string& path);

/// A network whose open sizes are those of --input-shape.
/// @throws InputError if it or a shape is wrong
[[nodiscard]] NetworkFile load_with_shapes(const std::string& path,
                                           const std::vector<std::string>& input_shapes);

}  // namespace cleave::cli
