// SPDX-License-Identifier: Apache-2.0
// The bare disk: append some bytes to a file and fdatasync it, again and again.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "harness.h"

int main(int argc, char** argv) {
  using namespace ringfence;
  using namespace ringfence::bench;
  Common common;
  std::string directory = ".";
  std::int64_t bytes = 4096;
  Flags flags("Append and fdatasync.");
  common.declare(flags);
  flags.add("--data", directory, "folder of the file, which is removed again")
      .add("--bytes", bytes, "each append");
  flags.parse(argc, argv);

  const std::string path = directory + "/fdatasync";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) give_up(path + ": " + std::strerror(errno));
  ::unlink(path.c_str());
  const std::string piece(static_cast<std::size_t>(bytes), 'x');
  const Measured measured = measure(common, [&] {
    if (::write(file, piece.data(), piece.size()) != bytes || ::fdatasync(file) != 0) {
      give_up(path + ": " + std::strerror(errno));
    }
  });
  print_result("fdatasync", measured.latency, measured.seconds, measured.latency.count(),
               Json().set("bytes", bytes));
}
