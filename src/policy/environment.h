// SPDX-License-Identifier: Apache-2.0
// EnvironmentRule: what the processes of a run may take of the machine: `env` under a role's `run`.
//
// Contract: a value; what is not stated is not bounded.
// Limitations: read, checked and carried to the run; the sandbox enforces it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "policy/reader.h"

namespace ringfence {

struct EnvironmentRule {
  std::optional<std::int64_t> memory_bytes;  // of all its processes together
  std::optional<std::int64_t> cpu_millis;    // thousandths of a core
  std::optional<std::int64_t> pids;          // processes and threads at once
  std::optional<Duration> timeout;           // wall-clock time of the command

  bool empty() const { return !memory_bytes && !cpu_millis && !pids && !timeout; }
  // The smaller of each.
  void narrow(const EnvironmentRule& other);
  // What `other` states replaces.
  void override_with(const EnvironmentRule& other);
  friend bool operator==(const EnvironmentRule&, const EnvironmentRule&) = default;
};

// {memory: 2GiB, cpu: "1.5", pids: 256, timeout: 30m}
EnvironmentRule read_environment(Problems& problems, YamlNode map);

// "512MiB": the largest unit in which it is whole.
std::string format_bytes(std::int64_t bytes);

}  // namespace ringfence
