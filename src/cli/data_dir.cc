// SPDX-License-Identifier: Apache-2.0
#include "cli/data_dir.h"

#include <unistd.h>

#include <cstdlib>

#include "base/file.h"
#include "base/json.h"

namespace ringfence {
namespace {

constexpr std::size_t kDaemonFileMax = 4'096;
constexpr const char* kDaemonFile = "/daemon.json";

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

std::string default_data_dir() {
  std::string state = from_environment("XDG_STATE_HOME");
  if (state.empty()) {
    const std::string home = from_environment("HOME");
    state = home.empty() ? "/tmp/ringfence-" + std::to_string(::getuid()) : home + "/.local/state";
  }
  return state + "/ringfence";
}

std::string socket_path(const std::string& data_dir) { return data_dir + "/ringfence.sock"; }

Result<void> write_daemon_file(const std::string& data_dir, const DaemonFile& daemon) {
  Json json;
  json.set("pid", std::int64_t{daemon.pid}).set("url", daemon.url).set("socket", daemon.socket);
  return write_file_atomic(data_dir + kDaemonFile, json.text() + "\n", 0600);
}

Result<DaemonFile> read_daemon_file(const std::string& data_dir) {
  const auto text = read_file(data_dir + kDaemonFile, kDaemonFileMax);
  if (!text) return std::unexpected(text.error());
  const auto json = Json::parse(*text);
  if (!json) return std::unexpected(json.error());
  const Json* pid = json->find("pid");
  const Json* url = json->find("url");
  if (pid == nullptr || !pid->integer() || url == nullptr || url->string() == nullptr) {
    return invalid("is not a daemon's file", data_dir + kDaemonFile);
  }
  // The socket by our own name of the directory: the daemon may have had another working directory.
  return DaemonFile{static_cast<pid_t>(*pid->integer()), *url->string(), socket_path(data_dir)};
}

void remove_daemon_file(const std::string& data_dir) { ::unlink((data_dir + kDaemonFile).c_str()); }

}  // namespace ringfence
