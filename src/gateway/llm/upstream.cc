// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/upstream.h"

namespace ringfence::llm {

Result<http::ClientRequest> Upstream::prepare(const Provider& provider, std::string_view path) {
  auto url = http::Url::parse(provider.base_url + std::string(path));
  if (!url) return std::unexpected(url.error());
  http::ClientRequest request;
  request.method = "POST";
  request.url = *std::move(url);
  if (!provider.ca_file.empty()) {
    auto& tls = tls_by_ca_file_[provider.ca_file];
    if (!tls) {
      auto made = http::TlsContext::client({.ca_file = provider.ca_file, .ca_pem = {}});
      if (!made) return std::unexpected(made.error());
      tls = *std::move(made);
    }
    request.tls = tls;
  }
  return request;
}

http::awaitable<Upstream::Answer> Upstream::send(http::ClientRequest request,
                                                 CallControl& control) {
  const auto cut_switch = std::make_shared<http::CutSwitch>();
  request.cut_switch = cut_switch;
  control.interrupt = [cut_switch] { cut_switch->cut(); };
  auto answer = co_await client_.request(std::move(request));
  control.interrupt = nullptr;
  if (answer) co_return *std::move(answer);
  co_return std::unexpected(UpstreamFailure{answer.error().error, answer.error().sent});
}

}  // namespace ringfence::llm
