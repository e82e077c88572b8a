// SPDX-License-Identifier: Apache-2.0
#include "import/import.h"

#include "import/agent_control_plane.h"
#include "import/cycles.h"
#include "import/litellm.h"
#include "policy/policy.h"

namespace ringfence {

std::optional<ImportSource> import_source(std::string_view name) {
  if (name == "litellm") return ImportSource::litellm;
  if (name == "cycles") return ImportSource::cycles;
  if (name == "agent-control-plane") return ImportSource::agent_control_plane;
  return std::nullopt;
}

Result<ImportedPolicy> import_policy(ImportSource source, std::string_view text,
                                     std::string_view name) {
  Problems problems(name);
  YamlTree tree;
  imports::Draft draft(name);
  if (tree.parse(text, problems)) {
    const YamlNode root = tree.roots().front();
    switch (source) {
      case ImportSource::litellm: imports::read_litellm(problems, root, draft); break;
      case ImportSource::cycles: imports::read_cycles(problems, root, draft); break;
      case ImportSource::agent_control_plane:
        imports::read_agent_control_plane(problems, root, draft);
        break;
    }
  }
  if (!problems.empty()) return std::unexpected(problems.error());
  ImportedPolicy imported{draft.text(), draft.take_left_out()};
  if (const auto compiled = Policy::compile(imported.document, "the imported document");
      !compiled) {
    return fail(ErrorCode::internal, compiled.error().message);
  }
  return imported;
}

}  // namespace ringfence
