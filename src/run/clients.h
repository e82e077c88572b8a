// SPDX-License-Identifier: Apache-2.0
// The clients we know, and where each looks for its endpoint and its key: one table drives what a
// fenced child is given.
//
// Contract: pure. A variable that several clients read has one value for all. What one client must
// not be given although another reads it is withheld when that client is the command itself.
// Limitations: a client that is started by a script is not recognised and gets the union; settings
// in a client's own files win over its environment. docs/clients.md says which do.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringfence {

enum class ClientValue { openai_url, anthropic_url, gemini_url, gemini_api_url, credential, text };

struct ClientVariable {
  std::string_view name;
  ClientValue value;
  std::string_view text = {};
};

struct KnownClient {
  std::string_view name;
  std::string_view program;  // the command's base name; empty: a library
  std::span<const ClientVariable> variables;
  std::span<const std::string_view> not_for_it;
  std::string_view check;  // what to look at when it made no call
};

std::span<const KnownClient> known_clients();
// Who `command` is, by the name of its program; null: nobody we know.
const KnownClient* client_of(std::span<const std::string> command);

// The value of a variable, with the gateway at `gateway_url`.
std::string client_value(const ClientVariable& variable, std::string_view gateway_url,
                         std::string_view credential);

// `command` with the options that its client needs instead of variables, before the user's own, so
// that those count where they say otherwise. `own_openai_key`: of the openai wire its user brings
// the key, and the run's credential goes beside it.
std::vector<std::string> command_for_client(std::vector<std::string> command,
                                            std::string_view gateway_url,
                                            bool own_openai_key = false);

// How the clients of a wire bring a key of their own, with the run's credential beside it.
struct OwnKeyWire {
  std::string_view wire;                            // as a policy's provider names it
  std::span<const std::string_view> key_variables;  // from which they take their key
  std::string_view header_variable;  // whose "Name: value" they send with each request
  std::string_view readers;          // for people: who reads that, and who does not
};
std::span<const OwnKeyWire> own_key_wires();

}  // namespace ringfence
