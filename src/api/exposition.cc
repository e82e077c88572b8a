// SPDX-License-Identifier: Apache-2.0
#include "api/exposition.h"

#include "base/decimal.h"

namespace ringfence::api {
namespace {

std::string_view kind_word(MetricKind kind) {
  switch (kind) {
    case MetricKind::counter: return "counter";
    case MetricKind::gauge: return "gauge";
    case MetricKind::histogram: return "histogram";
  }
  return "untyped";
}

void append_escaped(std::string& out, std::string_view text, bool in_quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && in_quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

void append_line(std::string& out, std::string_view name, const MetricLabels& labels,
                 std::string_view bound, std::string_view value) {
  out += name;
  char before = '{';
  const auto label = [&](std::string_view key, std::string_view text) {
    out += before;
    before = ',';
    out += key;
    out += "=\"";
    append_escaped(out, text, true);
    out += '"';
  };
  for (const auto& [key, text] : labels) label(key, text);
  if (!bound.empty()) label("le", bound);
  if (before == ',') out += '}';
  out += ' ';
  out += value;
  out += '\n';
}

void append_histogram(std::string& out, const MetricFamily& family, const MetricSample& sample) {
  const std::string bucket = family.name + "_bucket";
  for (const auto& [bound, count] : sample.buckets) {
    append_line(out, bucket, sample.labels, format_decimal(bound, family.scale),
                std::to_string(count));
  }
  const std::string all = std::to_string(sample.count);
  append_line(out, bucket, sample.labels, "+Inf", all);
  append_line(out, family.name + "_sum", sample.labels, {},
              format_decimal(sample.value, family.scale));
  append_line(out, family.name + "_count", sample.labels, {}, all);
}

}  // namespace

std::string exposition(std::span<const MetricFamily> families) {
  std::string out;
  for (const MetricFamily& family : families) {
    out += "# HELP " + family.name + " ";
    append_escaped(out, family.help, false);
    out += "\n# TYPE " + family.name + " ";
    out += kind_word(family.kind);
    out += '\n';
    for (const MetricSample& sample : family.samples) {
      if (family.kind == MetricKind::histogram) {
        append_histogram(out, family, sample);
      } else {
        append_line(out, family.name, sample.labels, {},
                    format_decimal(sample.value, sample.scale.value_or(family.scale)));
      }
    }
  }
  return out;
}

}  // namespace ringfence::api
