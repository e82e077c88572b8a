// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>

#include "cli/api_client.h"
#include "cli/audit_options.h"
#include "cli/data_dir.h"
#include "cli/exit_code.h"
#include "journal/journal.h"

namespace ringfence {
namespace {

struct Numbers {
  std::int64_t first = 1;
  std::int64_t last = 0;  // 0: nothing lies there
};

// An approval's id is the number of the event that asked for it.
Result<Numbers> numbers_of_approval(std::string_view id) {
  std::int64_t number = 0;
  const bool named = id.starts_with("ap_");
  const auto [end, error] =
      std::from_chars(id.data() + (named ? 3 : 0), id.data() + id.size(), number);
  if (!named || error != std::errc() || end != id.data() + id.size() || number < 1) {
    return invalid("expected an approval such as ap_42", std::string(id));
  }
  return Numbers{number, number};
}

// Numbers are read off the directory's record, so only its own daemon may be sent them: it is at
// the directory's socket, whoever listens on the address that it had.
Result<Where> keeper_of(const Where& where) {
  Where local;
  local.data = where.data;
  if (where.url.empty()) return local;
  const auto daemon = read_daemon_file(where.data);
  if (daemon && daemon->url == where.url) return local;
  return invalid("reads the record of " + where.data + ", which is not that of " + where.url +
                     "; say it on that daemon's machine with its --data, without --url and "
                     "RINGFENCE_URL, or name an approval",
                 "--before");
}

Result<Numbers> numbers_before(const AuditEraseOptions& options) {
  const auto before = parse_rfc3339(options.before);
  if (!before) return invalid(before.error().message, "--before");
  auto reader = JournalReader::open(options.where.data);
  if (!reader) return std::unexpected(reader.error());
  const auto last = (*reader)->last_payload_before(*before, SIZE_MAX);
  if (!last) return std::unexpected(last.error());
  return Numbers{1, static_cast<std::int64_t>(*last)};
}

}  // namespace

int audit_erase_command(const AuditEraseOptions& options) {
  if (options.approval.empty() == options.before.empty()) {
    fmt::print(stderr, "ringfence: name an approval, or --before a time\n");
    return kExitUsage;
  }
  const auto where =
      options.before.empty() ? Result<Where>(options.where) : keeper_of(options.where);
  if (!where) return print_error(where.error());
  const auto numbers =
      options.before.empty() ? numbers_of_approval(options.approval) : numbers_before(options);
  if (!numbers) return print_error(numbers.error());
  if (numbers->last == 0) {
    fmt::print("nothing lies beside the record from before {}\n", options.before);
    return kExitDone;
  }
  auto client = ApiClient::find(*where);
  if (!client) return print_error(client.error());
  Json body;
  body.set("first", numbers->first).set("last", numbers->last).set("reason", options.reason);
  const auto answer = client->call("POST", "/api/v1/payloads/erase", body);
  if (!answer) return print_error(answer.error());
  if (!answer->ok()) return print_problem(*answer);
  if (options.json) {
    fmt::print("{}\n", answer->json.text());
  } else {
    fmt::print("erased what lay beside {}; that it was is on the record\n",
               options.before.empty() ? options.approval : "events before " + options.before);
  }
  return kExitDone;
}

}  // namespace ringfence
