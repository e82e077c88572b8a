// SPDX-License-Identifier: Apache-2.0
#include "evidence/csv.h"

#include <array>

#include "base/json.h"

namespace ringfence::evidence {
namespace {

// A member, or a member of one behind a dot.
constexpr auto kColumns = std::to_array<std::string_view>(
    {"seq", "time", "type", "run", "account", "operation", "actor", "hold", "state", "reason",
     "sentence", "decision", "policy", "sha256", "need.usd", "charged.usd", "charged.tokens"});

std::string text_of(const Json& event, std::string_view column) {
  const std::size_t dot = column.find('.');
  const Json* value = event.find(column.substr(0, dot));
  if (value != nullptr && dot != std::string_view::npos)
    value = value->find(column.substr(dot + 1));
  if (value == nullptr) return {};
  if (const std::string* text = value->string()) return *text;
  return value->text();
}

void append_cell(std::string& row, std::string cell) {
  if (!cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos) {
    cell.insert(0, 1, '\'');
  }
  if (cell.find_first_of(",\"\r\n") == std::string::npos) {
    row += cell;
    return;
  }
  row += '"';
  for (const char c : cell) {
    if (c == '"') row += '"';
    row += c;
  }
  row += '"';
}

}  // namespace

std::string csv_head() {
  std::string row;
  for (const std::string_view column : kColumns) {
    if (!row.empty()) row += ',';
    row += column;
  }
  return row + "\r\n";
}

Result<std::string> csv_row(std::string_view line) {
  const auto event = Json::parse(line);
  if (!event) return std::unexpected(event.error());
  std::string row;
  for (const std::string_view column : kColumns) {
    if (column != kColumns.front()) row += ',';
    append_cell(row, text_of(*event, column));
  }
  return row + "\r\n";
}

}  // namespace ringfence::evidence
