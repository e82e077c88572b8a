// SPDX-License-Identifier: Apache-2.0
// A part of a document as JSON, for sections that are JSON inside: each value keeps its place.
//
// Contract: plain scalars are read by YAML 1.2's core schema: null, true, false and numbers are
// themselves, quoted ones are texts. Numbers keep the text written, and those that JSON would write
// otherwise (+1, 0x10, 010, .5, .inf) are reported: there is no doubt what a number is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "policy/yaml_tree.h"

namespace ringfence {

struct PlacedJson {
  struct Place {
    Mark name;  // of the member, where it is one
    Mark value;
  };

  Json value;
  std::map<std::string, Place, std::less<>> places;  // by JSON pointer

  // The place of what is at the pointer, or of the nearest thing around it.
  Mark mark(std::string_view pointer, bool of_name) const;
};

// Errors: reported.
std::optional<PlacedJson> to_json(Problems& problems, YamlNode node);

}  // namespace ringfence
