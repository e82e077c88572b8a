// SPDX-License-Identifier: Apache-2.0
// A slow disk for a program that is preloaded with this (LD_PRELOAD): each sync first waits for as
// many microseconds as the file named by SLOW_DISK says, an int64 in the machine's order. Whoever
// holds the file changes it while the program runs.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <thread>

namespace {

using Delay = std::atomic<std::int64_t>;

const Delay* shared_delay() {
  const char* path = std::getenv("SLOW_DISK");
  const int fd = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* mapped = ::mmap(nullptr, sizeof(Delay), PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  return mapped == MAP_FAILED ? nullptr : static_cast<const Delay*>(mapped);
}

int sync_late(const char* name, int fd) {
  static const Delay* const delay = shared_delay();
  const auto wait = std::chrono::microseconds(delay == nullptr ? 0 : delay->load());
  std::this_thread::sleep_for(wait);  // tidy:allow(sleep) what this is for
  return reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, name))(fd);
}

}  // namespace

extern "C" int fdatasync(int fd) { return sync_late("fdatasync", fd); }
extern "C" int fsync(int fd) { return sync_late("fsync", fd); }
