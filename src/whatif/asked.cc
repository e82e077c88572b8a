// SPDX-License-Identifier: Apache-2.0
#include "whatif/asked.h"

#include <algorithm>

#include "engine/line_programs.h"

namespace ringfence {

Result<PlaceHold> hold_for(const TestRequest& request) {
  PlaceHold place;
  place.operation = request.command.empty() ? request.operation : std::string(kCommandKind);
  place.need = request.need;
  Json args(Json::Object{});
  if (!request.args.empty()) {
    auto stated = Json::parse(request.args);
    if (!stated || stated->object() == nullptr) return invalid("expected a JSON object", "args");
    args = *std::move(stated);
  }
  if (!request.command.empty()) args.set("command", request.command);
  place.request_digest = sha256(place.operation + args.text());
  place.args_digest = sha256(args.text());
  if (is_command(place.operation)) {
    if (const auto read = read_programs(place, &args); !read) return std::unexpected(read.error());
  } else {
    const auto operation = Operation::parse(place.operation);
    if (!operation) return invalid(operation.error().message, "operation");
    place.operation = operation->text();
  }
  place.args = std::make_shared<const Json>(std::move(args));
  return place;
}

Result<Amounts> parse_need(std::string_view text, const UnitTable& units) {
  Amounts need;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    const std::size_t equals = one.find('=');
    const auto unit = units.find(one.substr(0, equals));
    if (equals == std::string_view::npos || !unit) {
      return invalid("expected UNIT=AMOUNT with a unit of the policy, such as usd=0.10", "need");
    }
    const auto amount = parse_amount(*unit, one.substr(equals + 1));
    if (!amount) return invalid(amount.error().message, "need");
    need.set(*unit, *amount);
  }
  return need;
}

}  // namespace ringfence
