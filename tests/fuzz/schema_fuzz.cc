// SPDX-License-Identifier: Apache-2.0
// Any schema with any instance: never a crash, a refusal names its place, and an answer is the same
// twice. input = schema "\n" instance
#include <cstddef>
#include <cstdint>

#include "base/ensure.h"
#include "base/json.h"
#include "schema/schema.h"

using namespace ringfence;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.find('\n');
  const auto written = Json::parse(text.substr(0, end));
  if (!written) return 0;
  const auto schema = Schema::compile(*written);
  if (!schema) {
    RF_ENSURE(!schema.error().empty(), "a refusal has a problem");
    for (const SchemaProblem& problem : schema.error()) {
      RF_ENSURE(!problem.sentence.empty() && problem.sentence.size() < 2'000, "it is a sentence");
      RF_ENSURE(problem.pointer.empty() || problem.pointer.front() == '/', "it has a place");
    }
    return 0;
  }
  const auto instance =
      end == std::string_view::npos ? *written : Json::parse(text.substr(end + 1));
  if (!instance) return 0;
  const Validation told = schema->validate(*instance);
  const Validation again = schema->validate(*instance);
  RF_ENSURE(told.valid == again.valid && told.path == again.path, "the answer is the same twice");
  RF_ENSURE(told.valid || told.too_much_work == told.keyword.empty(),
            "a failure names its keyword");
  RF_ENSURE(!told.valid || told.keyword.empty(), "what is valid has none");
  return 0;
}
