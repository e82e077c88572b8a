// SPDX-License-Identifier: Apache-2.0
// doctor: what on this machine would keep the fence from holding.
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/version.h"
#include "cli/api_client.h"
#include "cli/daemon.h"
#include "cli/exit_code.h"
#include "cli/options.h"
#include "evidence/verifier.h"
#include "policy/check.h"

namespace ringfence {
namespace {

constexpr std::uint64_t kFreeBytesWanted = 256ULL * 1024 * 1024;
constexpr long kTmpfsMagic = 0x01021994;
constexpr Time kEarliestSane{1'735'689'600'000'000};  // 2025-01-01

struct Finding {
  enum class Level { good, warning, bad } level = Level::good;
  std::string what, advice;
};
using Level = Finding::Level;
using Findings = std::vector<Finding>;

void check_directory(const std::string& data, Findings& findings) {
  if (::access(data.c_str(), F_OK) != 0) {
    findings.push_back({Level::good, "data directory " + data + " does not exist yet",
                        "the first start makes it"});
    return;
  }
  if (::access(data.c_str(), R_OK | W_OK | X_OK) != 0) {
    findings.push_back({Level::bad, "data directory " + data + " is not writable",
                        "give it to the user that runs ringfence"});
    return;
  }
  struct statvfs space{};
  if (::statvfs(data.c_str(), &space) == 0 &&
      std::uint64_t{space.f_bavail} * space.f_frsize < kFreeBytesWanted) {
    findings.push_back({Level::warning, "less than 256 MiB are free in " + data,
                        "a full disk stops every decision; make room"});
  }
  struct statfs kind{};
  if (::statfs(data.c_str(), &kind) == 0 && kind.f_type == kTmpfsMagic) {
    findings.push_back({Level::warning, data + " is in memory (tmpfs)",
                        "nothing there survives a reboot; choose a disk"});
  }
  const auto report = evidence::verify_journal(data);
  if (!report) {
    findings.push_back({Level::good, "no record yet in " + data, {}});
  } else if (report->holds()) {
    findings.push_back(
        {Level::good, fmt::format("record: {} events, the chain holds", report->events), {}});
  } else {
    findings.push_back({Level::bad,
                        fmt::format("record: event {}: {}", report->first_bad, report->problem),
                        "keep the directory as it is and restore a copy elsewhere"});
  }
}

void check_policy_file(const DoctorOptions& options, Findings& findings) {
  const std::string path =
      options.policy.empty() ? options.where.data + "/policy.yaml" : options.policy;
  const auto text = read_file(path, 8 * 1024 * 1024);
  if (!text) {
    findings.push_back({options.policy.empty() ? Level::good : Level::bad,
                        "policy " + path + ": " + text.error().message,
                        options.policy.empty() ? "the first start writes a starter" : ""});
    return;
  }
  const CheckReport report = check_policy(*text, path);
  findings.push_back({report.valid ? Level::good : Level::bad,
                      "policy " + path + (report.valid ? " is valid" : " is refused"),
                      report.valid ? "" : "see `ringfence policy check " + path + "`"});
}

void check_daemon(const DoctorOptions& options, Findings& findings) {
  auto client = ApiClient::find(options.where);
  if (!client) {
    findings.push_back({Level::good, "no daemon runs here", "`ringfence run` starts one"});
    return;
  }
  const auto ready = client->call("GET", "/readyz");
  if (ready && ready->ok()) {
    findings.push_back({Level::good, "the daemon is ready", {}});
  } else {
    findings.push_back({Level::bad, "the daemon does not answer or is not ready",
                        ready ? text_of(ready->json, "detail") : ready.error().message});
  }
}

void check_machine(Findings& findings) {
  findings.push_back({Level::good,
                      fmt::format("ringfence {}, SQLite {}, {}", version(), ::sqlite3_libversion(),
                                  ::OpenSSL_version(OPENSSL_VERSION)),
                      {}});
  if (SystemClock::read().wall < kEarliestSane) {
    findings.push_back({Level::bad, "the clock is years behind", "set it: windows follow it"});
  }
  findings.push_back({::getuid() == 0 ? Level::warning : Level::good,
                      ::getuid() == 0 ? "you are root" : "you are not root",
                      ::getuid() == 0 ? "agents started by `ringfence run` are root too" : ""});
}

}  // namespace

int doctor_command(const DoctorOptions& options) {
  Findings findings;
  check_machine(findings);
  check_directory(options.where.data, findings);
  check_policy_file(options, findings);
  check_daemon(options, findings);
  bool healthy = true;
  Json list(Json::Array{});
  for (const Finding& finding : findings) {
    healthy = healthy && finding.level != Level::bad;
    const char* level = finding.level == Level::good      ? "ok"
                        : finding.level == Level::warning ? "warn"
                                                          : "bad";
    Json one;
    one.set("level", level).set("what", finding.what).set("advice", finding.advice);
    list.push(std::move(one));
    if (!options.json) {
      fmt::print("{:<5} {}{}{}\n", level, finding.what, finding.advice.empty() ? "" : "; ",
                 finding.advice);
    }
  }
  if (options.json) {
    Json json;
    json.set("healthy", healthy).set("findings", std::move(list));
    fmt::print("{}\n", json.text());
  }
  return healthy ? kExitDone : kExitFailed;
}

}  // namespace ringfence
