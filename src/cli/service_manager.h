// SPDX-License-Identifier: Apache-2.0
// Talks to the service manager that started us (systemd's sd_notify protocol), without its library.
//
// Contract: each call is one datagram to $NOTIFY_SOCKET, a path or an abstract name ("@..."); none
// where there is no such variable. It never blocks and never fails: a manager that does not listen
// must not stop a wall. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace ringfence {

class ServiceManager {
 public:
  // From the environment. `ours` false: a child of another's service, which must not speak for it.
  static ServiceManager from_environment(bool ours);

  void ready() const { tell("READY=1"); }
  void stopping() const { tell("STOPPING=1"); }
  // Between this and the next `ready`; with the time, as Type=notify-reload wants it.
  void reloading() const;
  void alive() const { tell("WATCHDOG=1"); }
  // How often it wants to hear `alive`, with room to spare; nothing when it does not.
  std::optional<Duration> alive_every() const { return alive_every_; }

 private:
  void tell(std::string_view text) const;

  std::string socket_;  // empty: nobody listens
  std::optional<Duration> alive_every_;
};

}  // namespace ringfence
