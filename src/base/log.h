// SPDX-License-Identifier: Apache-2.0
// The process's log: one line per message on stderr, levels debug to error, as text or as JSON
// objects {"time", "level", "message"}.
//
// Contract: thread-safe; the format is set before there are threads. Messages are made of fixed
// sentences, ids and codes: no secret, no request body and no argument ever goes into one. Control
// bytes are escaped.
#pragma once

#include <string_view>

namespace ringfence {

enum class LogLevel { debug, info, warn, error, off };

enum class LogFormat { text, json };

void set_log_level(LogLevel level);
void set_log_format(LogFormat format);
void log_message(LogLevel level, std::string_view message);

inline void log_debug(std::string_view message) { log_message(LogLevel::debug, message); }
inline void log_info(std::string_view message) { log_message(LogLevel::info, message); }
inline void log_warn(std::string_view message) { log_message(LogLevel::warn, message); }
inline void log_error(std::string_view message) { log_message(LogLevel::error, message); }

}  // namespace ringfence
