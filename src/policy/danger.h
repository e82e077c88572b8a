// SPDX-License-Identifier: Apache-2.0
// The danger list: operations that a rule may allow only where it says so (`danger:` in a role).
//
// Contract: pure; a table in danger.cc, whose names docs/shell.md lists. Every danger is named that
// an operation is, or may be for some value of what is unknown in it, each once: who opts in to one
// has not opted in to another. An argument that is unknown from its first byte may be an option; a
// path that is unknown altogether is no danger, since every path would be one.
// Limitations: it knows programs by name and options by spelling. It is a second gate behind the
// allow list, not a wall: a program of another name that does the same is not on it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/danger_files.h"
#include "policy/operation.h"

namespace ringfence {

Dangers dangers_of(const Operation& operation);
// Of an operation's segments, the kind first; they may be longer than an operation's.
Dangers dangers_of(std::span<const std::string> segments);

// Every name; a policy opts in to `force-push` as danger:force-push.
std::vector<std::string_view> danger_names();

}  // namespace ringfence
