// SPDX-License-Identifier: Apache-2.0
#include "cli/secrets.h"

#include <openssl/crypto.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/bytes.h"
#include "policy/webhooks.h"
#include "run/environment.h"

namespace ringfence {

void make_undumpable() {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

namespace {

// Gives each variable that a fenced child must not see: its name and where its value is.
template <class F>
void for_each_secret(const std::vector<std::string>& key_variables, F&& give) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    char* equals = std::strchr(*entry, '=');
    if (equals == nullptr) continue;
    std::string name(*entry, equals);
    const bool withheld = withheld_from_child(name) && !name.starts_with("RINGFENCE_");
    if (!withheld && std::ranges::count(key_variables, name) == 0) continue;
    give(std::move(name), equals + 1);
  }
}

}  // namespace

void wipe_secret_variables(const std::vector<std::string>& key_variables) {
  std::vector<std::string> names;
  for_each_secret(key_variables, [&](std::string name, char* value) {
    OPENSSL_cleanse(value, std::strlen(value));
    names.push_back(std::move(name));
  });
  for (const std::string& name : names) ::unsetenv(name.c_str());
}

KeyVariables::~KeyVariables() {
  for (auto& [name, value] : kept_) wipe(value);
}

void KeyVariables::take(const std::vector<std::string>& key_variables) {
  for_each_secret(key_variables, [&](std::string name, const char* value) {
    kept_.emplace(std::move(name), value);
  });
  wipe_secret_variables(key_variables);
}

const char* KeyVariables::find(const char* name) const {
  const auto found = kept_.find(name);
  return found == kept_.end() ? std::getenv(name) : found->second.c_str();
}

std::vector<std::string> key_variables(const Policy& policy) {
  std::vector<std::string> names;
  for (const Provider& provider : policy.providers()) {
    if (provider.key.kind == KeySource::Kind::env) names.push_back(provider.key.value);
  }
  for (const GuardRule& guard : policy.guards()) {
    if (guard.secret.kind == KeySource::Kind::env) names.push_back(guard.secret.value);
  }
  for (const WebhookRule& webhook : webhooks_of(policy)) {
    for (const KeySource* secret : {&webhook.secret, &webhook.previous_secret}) {
      if (secret->kind == KeySource::Kind::env) names.push_back(secret->value);
    }
  }
  return names;
}

std::vector<std::string> wires_of_own_keys(const Policy& policy) {
  std::vector<std::string> wires;
  for (const Provider& provider : policy.providers()) {
    if (provider.key.kind == KeySource::Kind::client) wires.push_back(provider.wire);
  }
  return wires;
}

}  // namespace ringfence
