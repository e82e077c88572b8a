// SPDX-License-Identifier: Apache-2.0
// How the mock behaves: one value per knob, and the layers a request's knobs are made of.
//
// Contract: Knobs is a plain value. A knob is set by name and text; an unknown name or a bad value
// is an error sentence and changes nothing. Layers, weakest first: command line, PUT /control (all,
// then by model, then by key), the request's own (`user` member, model suffix, `x-mock` header).
// KnobStore is safe to use from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "script.h"

namespace mock {

enum class UsageReport { honest, missing, null, zero, negative, huge, string, low };
enum class UsageSteps { none, grow, shrink, drop };
enum class Coding { identity, gzip, deflate, br, zstd };
enum class LengthStyle { known, chunked, until_close };

struct Knobs {
  // How much, how fast.
  std::int64_t latency_ms = 0;
  double tokens_per_second = 0;  // 0: as fast as possible
  std::int64_t tokens_per_chunk = 1;
  std::int64_t output_tokens_min = 16;
  std::int64_t output_tokens_max = 16;
  std::int64_t noise_percent = 0;
  std::int64_t seed = 1;
  std::int64_t bytes_per_token = 4;
  std::int64_t input_bytes_per_token = 4;
  std::optional<std::int64_t> input_tokens;
  std::int64_t cached_tokens = 0;
  std::int64_t cache_write_5m_tokens = 0;
  std::int64_t cache_write_1h_tokens = 0;
  std::int64_t reasoning_tokens = 0;
  std::int64_t web_searches = 0;
  std::int64_t max_output = 16384;
  std::int64_t context = 128000;
  std::string tool_call;  // the tool's name; "true": the request's first tool
  std::shared_ptr<const Script> script;
  bool ignore_cap = false;
  std::string service_tier;  // empty: as asked for
  // Lies and faults. Counts of tokens are per choice.
  UsageReport usage = UsageReport::honest;
  UsageSteps usage_steps = UsageSteps::none;
  std::optional<std::int64_t> stall_after_tokens;
  std::optional<std::int64_t> reset_after_tokens;
  std::optional<std::int64_t> close_after_tokens;
  std::optional<std::int64_t> error_after_tokens;
  std::int64_t status = 200;
  std::string retry_after;
  std::string retry_after_ms;
  std::int64_t fail_first_n = 0;
  std::string require_key;
  std::string redirect;
  bool html = false;
  // Form on the wire.
  Coding compress = Coding::identity;
  LengthStyle length_style = LengthStyle::known;
  bool split = false;
  std::int64_t chunk_bytes = 0;
  std::int64_t big_headers = 0;
  std::int64_t send_buffer = 0;
  std::optional<std::int64_t> pings;
};

struct KnobInfo {
  std::string_view name;
  std::string_view help;
};

// Every knob with one line of help, in the order of docs/mock.md.
[[nodiscard]] std::span<const KnobInfo> knob_table();

// Sets one knob. Returns an empty string, or what was wrong.
[[nodiscard]] std::string set_knob(Knobs& knobs, std::string_view name, std::string_view value);

using KnobSettings = std::vector<std::pair<std::string, std::string>>;

// Reads `{"name": value}` or `name=value;name=value`. Returns an empty string or what was wrong.
[[nodiscard]] std::string parse_settings(std::string_view text, KnobSettings& out);

class KnobStore {
 public:
  explicit KnobStore(Knobs base) : base_(std::move(base)) {}

  // The body of PUT /control: knobs, and `keys` and `models` with an object of knobs per name.
  // `"reset": true` clears what was set before. All or nothing; returns what was wrong.
  [[nodiscard]] std::string put(std::string_view body);
  void clear();
  [[nodiscard]] std::string to_json() const;

  // The knobs of one request. `own` is its own settings, strongest last.
  [[nodiscard]] std::string resolve(std::string_view key, std::string_view model,
                                    const KnobSettings& own, Knobs& out) const;

  // True while fewer than `first_n` requests of this key have come since the last put or clear.
  [[nodiscard]] bool fails_now(std::string_view key, std::int64_t first_n);

  // The number of this key's next turn, which is then taken; `count` and no more once all are.
  [[nodiscard]] std::size_t take_turn(std::string_view key, std::size_t count);

 private:
  using Layer = std::map<std::string, std::string, std::less<>>;
  struct Layers {
    Layer all;
    std::map<std::string, Layer, std::less<>> models;
    std::map<std::string, Layer, std::less<>> keys;
  };

  mutable std::mutex mutex_;
  Knobs base_;
  Layers layers_;
  std::map<std::string, std::int64_t, std::less<>> failed_;
  std::map<std::string, std::size_t, std::less<>> turns_;
};

}  // namespace mock
