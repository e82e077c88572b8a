// SPDX-License-Identifier: Apache-2.0
#include "gateway/llm/upstream.h"

namespace ringfence::llm {
namespace {

// "v1", "v1beta".
bool is_version(std::string_view segment) {
  return segment.size() >= 2 && segment[0] == 'v' && segment[1] >= '0' && segment[1] <= '9';
}

// Where both name a version of the interface, the call's own stands.
std::string joined(std::string_view base, std::string_view path) {
  const std::size_t last = base.rfind('/');
  const std::string_view first = path.substr(1, path.find('/', 1) - 1);
  if (path.starts_with('/') && is_version(first) && is_version(base.substr(last + 1))) {
    base = base.substr(0, last);
  }
  return std::string(base) + std::string(path);
}

}  // namespace

Result<http::ClientRequest> Upstream::prepare(const Provider& provider, std::string_view path) {
  auto url = http::Url::parse(joined(provider.base_url, path));
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
