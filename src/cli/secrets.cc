// SPDX-License-Identifier: Apache-2.0
#include "cli/secrets.h"

#include <openssl/crypto.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "run/environment.h"

namespace ringfence {

void make_undumpable() {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

void wipe_secret_variables(const std::vector<std::string>& key_variables) {
  std::vector<std::string> names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    char* equals = std::strchr(*entry, '=');
    if (equals == nullptr) continue;
    std::string name(*entry, equals);
    const bool withheld = withheld_from_child(name) && !name.starts_with("RINGFENCE_");
    if (!withheld && std::ranges::count(key_variables, name) == 0) continue;
    OPENSSL_cleanse(equals + 1, std::strlen(equals + 1));
    names.push_back(std::move(name));
  }
  for (const std::string& name : names) ::unsetenv(name.c_str());
}

std::vector<std::string> key_variables(const Policy& policy) {
  std::vector<std::string> names;
  for (const Provider& provider : policy.providers()) {
    if (provider.key.kind == KeySource::Kind::env) names.push_back(provider.key.value);
  }
  return names;
}

}  // namespace ringfence
