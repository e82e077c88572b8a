// SPDX-License-Identifier: Apache-2.0
#include "http/address_filter.h"

namespace ringfence::http {

std::shared_ptr<const AddressFilter> open_internet_only() {
  static const auto filter =
      std::make_shared<const AddressFilter>([](const IpAddress& address) -> Result<void> {
        const AddressClass found = classify(address);
        if (found == AddressClass::open) return {};
        return fail(ErrorCode::forbidden,
                    "the host has an address that is not of the open "
                    "internet (" +
                        std::string(to_string(found)) + ")");
      });
  return filter;
}

}  // namespace ringfence::http
