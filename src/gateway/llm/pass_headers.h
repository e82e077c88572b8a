// SPDX-License-Identifier: Apache-2.0
// pass_headers: which header fields go through the gateway, in either direction.
//
// Contract: pure; safe lists, so that what no one thought of stays here: no cookie, no credential
// of ours and no x-ringfence-* field ever reaches a provider, and no hop-by-hop field or cookie of
// a provider reaches a client.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/headers.h"

namespace ringfence::llm {

inline constexpr std::size_t kLabelsMax = 16;
inline constexpr std::size_t kLabelBytesMax = 128;

// Without Authorization, Host and lengths; Accept-Encoding is `identity`.
http::Headers headers_for_upstream(const http::Headers& from_client);
// Without lengths, which are the server's to state.
http::Headers headers_for_client(const http::Headers& from_upstream);

// `x-ringfence-label-NAME` and the session ids that clients send, as labels for the record; what is
// over a limit is left out.
std::vector<std::pair<std::string, std::string>> labels_of(const http::Headers& from_client);

}  // namespace ringfence::llm
