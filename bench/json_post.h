// SPDX-License-Identifier: Apache-2.0
// The request that the loads which speak by src/http send: JSON, with a credential.
#pragma once

#include <string>

#include "http/client.h"

namespace ringfence::bench {

inline http::ClientRequest json_post(const http::Url& url, const std::string& bearer,
                                     const std::string& body) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = url;
  request.headers.add("content-type", "application/json");
  request.headers.add("authorization", "Bearer " + bearer);
  request.body = body;
  return request;
}

}  // namespace ringfence::bench
