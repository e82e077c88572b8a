// SPDX-License-Identifier: Apache-2.0
// Exit codes of the program; the same for every command, and documented in its help.
#pragma once

namespace ringfence {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;       // the command ran and found something wrong
inline constexpr int kExitUsage = 2;        // the command line, a file or a value is wrong
inline constexpr int kExitRefused = 3;      // the fence refused, or stopped the child
inline constexpr int kExitUnavailable = 4;  // no daemon, no disk, no address

}  // namespace ringfence
