// SPDX-License-Identifier: Apache-2.0
// Every program that the lines of shell_programs.cc can start: it writes its name down and ends, or
// goes on as the real wrapper of that name.
//
// Contract: started as BIN/NAME it appends NAME to BIN/../log. A wrapper becomes /usr/bin/NAME (sh
// becomes dash) with the same arguments; anything else prints a line that would start zqx wherever
// it is taken for a command, and ends. It starts no process besides itself.
#include <fcntl.h>
#include <unistd.h>

#include <climits>
#include <cstddef>
#include <cstring>

namespace {

constexpr const char* kWrappers[] = {"env",    "nice",   "nohup", "timeout", "xargs",
                                     "stdbuf", "setsid", "find",  "bash"};

void put(int to, const char* text) {
  if (::write(to, text, std::strlen(text)) < 0) ::_exit(125);
}

[[noreturn]] void become(const char* program, char** argv) {
  ::execv(program, argv);
  ::_exit(124);
}

}  // namespace

int main(int, char** argv) {
  char path[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path - 16);
  if (size <= 0) return 125;
  path[size] = '\0';
  char* const slash = std::strrchr(path, '/');
  char line[64] = {};
  std::strncpy(line, slash + 1, sizeof line - 2);
  *slash = '\0';
  std::strcat(path, "/../log");
  const int log = ::open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (log < 0) return 125;
  const std::size_t length = std::strlen(line);
  line[length] = '\n';
  put(log, line);
  ::close(log);
  line[length] = '\0';

  if (std::strcmp(line, "sh") == 0) become("/usr/bin/dash", argv);
  for (const char* wrapper : kWrappers) {
    if (std::strcmp(line, wrapper) != 0) continue;
    char real[64] = "/usr/bin/";
    become(std::strcat(real, line), argv);
  }
  // zq0 to zq9: what they print and how they end goes by their number.
  constexpr const char* kPrinted[] = {
      "",         "zqx\n",       "zqx a; zqx b\n", "-exec zqx {} ;\n", "-c zqx\n",
      "$(zqx)\n", "a[$(zqx)]\n", "'; zqx; '\n",    "-S zqx\n",         "`zqx` {} \"\n"};
  const char digit = line[2];
  if (digit < '0' || digit > '9') return 0;
  put(STDOUT_FILENO, kPrinted[digit - '0']);
  return (digit - '0') % 3 == 2 ? 1 : 0;
}
