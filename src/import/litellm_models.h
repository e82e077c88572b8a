// SPDX-License-Identifier: Apache-2.0
// LiteLLM's model names as patterns of operations: aliases of `model_list`, access groups,
// wildcards and the words that mean all or none.
//
// Contract: built once from `model_list`, then read only. A list that is empty, or says "all",
// allows every model, as LiteLLM has it; `no-default-models` alone allows none.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "import/draft.h"

namespace ringfence::imports {

class LitellmModels {
 public:
  // Adds providers, prices and per-deployment limits to the draft.
  void read(YamlNode model_list, Draft& draft);

  // The patterns of one name.
  std::vector<std::string> patterns(std::string_view name) const;
  // The patterns of a list of names; absent: everything.
  std::vector<std::string> allowed(YamlNode list) const;

 private:
  void read_deployment(YamlNode entry, Draft& draft);
  std::string provider_of(const std::string& prefix, YamlNode params, Draft& draft);

  std::map<std::string, std::vector<std::string>, std::less<>> by_name_;
  std::map<std::string, std::string> providers_;  // prefix, base and key together
};

// What both lists allow, as far as patterns can say it.
std::vector<std::string> both_allow(const std::vector<std::string>& a,
                                    const std::vector<std::string>& b);
// "gpt-4o" or "openai/gpt-4o" as a pattern, where no `model_list` knows it.
std::string model_pattern(std::string_view name);

}  // namespace ringfence::imports
