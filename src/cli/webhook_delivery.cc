// SPDX-License-Identifier: Apache-2.0
#include "cli/webhook_delivery.h"

#include <future>

#include "auth/secret_file.h"
#include "base/log.h"
#include "policy/webhooks.h"

namespace ringfence {
namespace {

constexpr std::size_t kFloorsMax = 64;  // dry runs leave theirs behind

Result<std::uint64_t> newest_event(Service& service) {
  auto newest = std::make_shared<std::promise<std::uint64_t>>();
  auto found = newest->get_future();
  service.query([newest](const Engine& engine, Time) { newest->set_value(engine.last_seq()); });
  newest.reset();  // a question that is dropped breaks the promise
  try {
    return found.get();
  } catch (const std::future_error&) {
    return fail(ErrorCode::unavailable, "Ringfence is too busy at the moment. Retry later.");
  }
}

}  // namespace

Result<webhook::LoadedEndpoints> WebhookDelivery::load(const Policy& policy) const {
  return webhook::load_endpoints(webhooks_of(policy),
                                 [this](const char* name) { return variables_.find(name); });
}

Result<std::vector<std::string>> WebhookDelivery::start(const Policy& policy,
                                                        std::shared_ptr<Metrics> metrics) {
  auto loaded = load(policy);
  if (!loaded) return std::unexpected(loaded.error());
  const auto newest = newest_event(service_);
  if (!newest) return std::unexpected(newest.error());
  auto installation = auth::installation_id(service_.data_dir());
  if (!installation) return std::unexpected(installation.error());
  webhook::WebhooksOptions options;
  options.service = &service_;
  options.installation = *std::move(installation);
  options.metrics = std::move(metrics);
  auto opened = webhook::Webhooks::open(std::move(options), std::move(loaded->endpoints), *newest);
  if (!opened) return std::unexpected(opened.error());
  webhooks_ = *std::move(opened);
  return std::move(loaded->missing);
}

Result<void> WebhookDelivery::check(const Policy& next) {
  const auto loaded = load(next);
  if (!loaded) return std::unexpected(loaded.error());
  if (!loaded->missing.empty()) {
    return invalid("the secret of the webhook " + loaded->missing.front() + " is not there");
  }
  const auto floor = newest_event(service_);
  if (!floor) return std::unexpected(floor.error());
  const std::lock_guard hold(mutex_);
  if (floors_.size() >= kFloorsMax) floors_.erase(floors_.begin());
  floors_.insert_or_assign(next.sha256_hex(), *floor);
  last_floor_ = *floor;
  return {};
}

std::uint64_t WebhookDelivery::take_floor(const std::string& sha256_hex) {
  const std::lock_guard hold(mutex_);
  const auto found = floors_.extract(sha256_hex);
  return found ? found.mapped() : last_floor_;
}

void WebhookDelivery::adopt(const Policy& policy) {
  auto loaded = load(policy);
  if (!loaded) {
    log_error("the webhooks of the new policy: " + loaded.error().text());
    return;
  }
  webhooks_->set_endpoints(std::move(loaded->endpoints), take_floor(policy.sha256_hex()));
}

std::vector<api::WebhookView> WebhookDelivery::views() const {
  std::vector<api::WebhookView> views;
  for (webhook::WebhookStatus& each : webhooks_->status()) {
    views.push_back({std::move(each.name), std::move(each.url), each.pending, each.dropped,
                     each.disabled, each.no_secret, std::move(each.last_outcome), each.last_at});
  }
  return views;
}

}  // namespace ringfence
