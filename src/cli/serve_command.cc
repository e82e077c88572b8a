// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/api_client.h"
#include "cli/daemon.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "cli/secrets.h"

namespace ringfence {
namespace {

// Tells the `run` that started us how it went: "ready\n", or an exit code and a sentence.
void report(int fd, const std::string& text) {
  if (fd < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(fd, text.data(), text.size());
  ::close(fd);
}

}  // namespace

int serve_command(const ServeOptions& options) {
  make_undumpable();
  set_log_format(options.log_json ? LogFormat::json : LogFormat::text);
  auto daemon = Daemon::open(options);
  if (!daemon) {
    report(options.ready_fd,
           fmt::format("{} {}\n", exit_code_of(daemon.error()), sentence_of(daemon.error())));
    return print_error(daemon.error());
  }
  fmt::print(stderr, "{}", (*daemon)->greeting());
  // One line an address for scripts, once everything is ready; daemon.json says the same.
  for (const std::string& address : (*daemon)->addresses()) {
    fmt::print("listening on {}\n", address);
  }
  std::fflush(stdout);
  report(options.ready_fd, "ready\n");
  return (*daemon)->run();
}

}  // namespace ringfence
