// SPDX-License-Identifier: Apache-2.0
#include "knobs.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <functional>

namespace mock {
namespace {

constexpr std::int64_t kCountMax = 1'000'000'000'000;

bool read_count(std::string_view text, std::int64_t& out) {
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || result.ec != std::errc() || result.ptr != text.data() + text.size()) {
    return false;
  }
  if (value < 0 || value > kCountMax) return false;
  out = value;
  return true;
}

bool read_flag(std::string_view text, bool& out) {
  if (text != "true" && text != "false" && text != "1" && text != "0") return false;
  out = text == "true" || text == "1";
  return true;
}

template <auto Member>
bool count(Knobs& knobs, std::string_view text) {
  return read_count(text, knobs.*Member);
}

template <auto Member>
bool maybe_count(Knobs& knobs, std::string_view text) {
  if (text == "none") {
    (knobs.*Member).reset();
    return true;
  }
  std::int64_t value = 0;
  if (!read_count(text, value)) return false;
  knobs.*Member = value;
  return true;
}

template <auto Member>
bool flag(Knobs& knobs, std::string_view text) {
  return read_flag(text, knobs.*Member);
}

template <auto Member>
bool word(Knobs& knobs, std::string_view text) {
  knobs.*Member = text == "false" || text == "none" ? std::string_view() : text;
  return true;
}

bool rate(Knobs& knobs, std::string_view text) {
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return false;
  if (!(value >= 0 && value <= 1e9)) return false;
  knobs.tokens_per_second = value;
  return true;
}

bool output_tokens(Knobs& knobs, std::string_view text) {
  const auto dots = text.find("..");
  std::int64_t low = 0;
  std::int64_t high = 0;
  if (!read_count(text.substr(0, dots), low)) return false;
  high = low;
  if (dots != std::string_view::npos && !read_count(text.substr(dots + 2), high)) return false;
  if (high < low) return false;
  knobs.output_tokens_min = low;
  knobs.output_tokens_max = high;
  return true;
}

template <typename Enum, std::size_t N>
bool choose(const std::array<std::pair<std::string_view, Enum>, N>& names, std::string_view text,
            Enum& out) {
  for (const auto& [name, value] : names) {
    if (name == text) {
      out = value;
      return true;
    }
  }
  return false;
}

bool usage(Knobs& knobs, std::string_view text) {
  using enum UsageReport;
  static constexpr std::array<std::pair<std::string_view, UsageReport>, 10> kNames{
      {{"true", honest},
       {"honest", honest},
       {"missing", missing},
       {"false", missing},
       {"null", null},
       {"zero", zero},
       {"negative", negative},
       {"huge", huge},
       {"string", string},
       {"low", low}}};
  return choose(kNames, text, knobs.usage);
}

bool compress(Knobs& knobs, std::string_view text) {
  using enum Coding;
  static constexpr std::array<std::pair<std::string_view, Coding>, 6> kNames{
      {{"identity", identity},
       {"none", identity},
       {"gzip", gzip},
       {"deflate", deflate},
       {"br", br},
       {"zstd", zstd}}};
  return choose(kNames, text, knobs.compress);
}

bool length_style(Knobs& knobs, std::string_view text) {
  using enum LengthStyle;
  static constexpr std::array<std::pair<std::string_view, LengthStyle>, 5> kNames{
      {{"false", known},
       {"none", known},
       {"true", until_close},
       {"close", until_close},
       {"chunked", chunked}}};
  return choose(kNames, text, knobs.length_style);
}

bool usage_steps(Knobs& knobs, std::string_view text) {
  using enum UsageSteps;
  static constexpr std::array<std::pair<std::string_view, UsageSteps>, 5> kNames{
      {{"none", none}, {"false", none}, {"grow", grow}, {"shrink", shrink}, {"drop", drop}}};
  return choose(kNames, text, knobs.usage_steps);
}

bool script(Knobs& knobs, std::string_view text) {
  if (text == "none") {
    knobs.script.reset();
    return true;
  }
  Script turns;
  if (!parse_script(text, turns).empty()) return false;
  knobs.script = std::make_shared<const Script>(std::move(turns));
  return true;
}

bool status(Knobs& knobs, std::string_view text) {
  std::int64_t value = 0;
  if (!read_count(text, value) || value < 200 || value > 599) return false;
  knobs.status = value;
  return true;
}

struct Knob {
  KnobInfo info;
  bool (*set)(Knobs&, std::string_view);
};

constexpr std::array<Knob, 40> kKnobs{{
    {{"latency_ms", "wait before the answer's first byte"}, count<&Knobs::latency_ms>},
    {{"tokens_per_second", "speed of each choice; 0 = as fast as possible"}, rate},
    {{"tokens_per_chunk", "tokens in one streamed chunk"}, count<&Knobs::tokens_per_chunk>},
    {{"output_tokens", "visible tokens it wants to write: N or A..B"}, output_tokens},
    {{"noise_percent", "output_tokens varies by up to this much"}, count<&Knobs::noise_percent>},
    {{"seed", "seed of range, noise and split"}, count<&Knobs::seed>},
    {{"bytes_per_token", "bytes of text per output token; 0 = invisible"},
     count<&Knobs::bytes_per_token>},
    {{"input_bytes_per_token", "divisor of its input count"}, count<&Knobs::input_bytes_per_token>},
    {{"input_tokens", "input it says and bills; none = really counted"},
     maybe_count<&Knobs::input_tokens>},
    {{"cached_tokens", "of the input, read from cache"}, count<&Knobs::cached_tokens>},
    {{"cache_write_5m_tokens", "of the input, written to a cache of five minutes"},
     count<&Knobs::cache_write_5m_tokens>},
    {{"cache_write_1h_tokens", "of the input, written to a cache of an hour"},
     count<&Knobs::cache_write_1h_tokens>},
    {{"reasoning_tokens", "hidden output before the text, inside the cap"},
     count<&Knobs::reasoning_tokens>},
    {{"web_searches", "uses of a hosted search, before the text"}, count<&Knobs::web_searches>},
    {{"service_tier", "the tier it says and bills; none = as asked for"},
     word<&Knobs::service_tier>},
    {{"max_output", "the model's maximum per choice"}, count<&Knobs::max_output>},
    {{"context", "the model's context window"}, count<&Knobs::context>},
    {{"tool_call", "answer with a call of this tool; true = the first offered"},
     word<&Knobs::tool_call>},
    {{"script", "a JSON list of turns a key plays in order: texts and calls of tools"}, script},
    {{"ignore_cap", "write past max_tokens, up to max_output"}, flag<&Knobs::ignore_cap>},
    {{"usage", "true, missing, null, zero, negative, huge, string or low"}, usage},
    {{"usage_steps", "none, grow, shrink or drop: a stream tells usage more than once"},
     usage_steps},
    {{"stall_after_tokens", "then hang until the peer goes"},
     maybe_count<&Knobs::stall_after_tokens>},
    {{"reset_after_tokens", "then reset the connection"}, maybe_count<&Knobs::reset_after_tokens>},
    {{"close_after_tokens", "then close: a truncated answer"},
     maybe_count<&Knobs::close_after_tokens>},
    {{"error_after_tokens", "then one error event and the end"},
     maybe_count<&Knobs::error_after_tokens>},
    {{"status", "answer with this status and an error body"}, status},
    {{"retry_after", "value of retry-after beside status"}, word<&Knobs::retry_after>},
    {{"retry_after_ms", "value of retry-after-ms beside status"}, word<&Knobs::retry_after_ms>},
    {{"fail_first_n", "only the first N of a key get status (default 500)"},
     count<&Knobs::fail_first_n>},
    {{"require_key", "any other key gets 401"}, word<&Knobs::require_key>},
    {{"redirect", "answer 307 to this address"}, word<&Knobs::redirect>},
    {{"html", "answer with an HTML page"}, flag<&Knobs::html>},
    {{"compress", "gzip, deflate, br or zstd, whatever was asked"}, compress},
    {{"no_content_length", "true or close: ends by close; chunked: chunked"}, length_style},
    {{"split", "send in random pieces"}, flag<&Knobs::split>},
    {{"chunk_bytes", "send in pieces of this many bytes"}, count<&Knobs::chunk_bytes>},
    {{"big_headers", "so many bytes of extra response headers"}, count<&Knobs::big_headers>},
    {{"send_buffer", "bound of the kernel's send buffer"}, count<&Knobs::send_buffer>},
    {{"pings", "pings in a stream; none = as the wire does"}, maybe_count<&Knobs::pings>},
}};

constexpr auto kInfos = [] {
  std::array<KnobInfo, kKnobs.size()> infos{};
  for (std::size_t i = 0; i < infos.size(); ++i) infos[i] = kKnobs[i].info;
  return infos;
}();

}  // namespace

std::span<const KnobInfo> knob_table() { return kInfos; }

std::string set_knob(Knobs& knobs, std::string_view name, std::string_view value) {
  for (const auto& knob : kKnobs) {
    if (knob.info.name != name) continue;
    if (knob.set(knobs, value)) return {};
    return fmt::format("{}: '{}' is not {}", name, value, knob.info.help);
  }
  return fmt::format("no knob is called '{}'", name);
}

}  // namespace mock
