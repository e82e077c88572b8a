// SPDX-License-Identifier: Apache-2.0
// ringfence-mock: a stand-in for the providers of all wires that keeps the truth about itself.
// It shares no source with the gateway it is used to check.
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "app.h"

namespace {

constexpr std::size_t kThreadStackBytes = 512 * 1024;

constexpr const char* kFooter = R"(
Every knob can also be set while it runs (PUT /control) and by a request itself (header x-mock,
member "user": "x-mock:…", or model "gpt-test#…"). docs/mock.md explains each.

Examples:
  ringfence-mock --listen 127.0.0.1:8081 --output-tokens 200..400 --tokens-per-second 50
  curl -X PUT 127.0.0.1:8081/control -d '{"usage": "missing", "models": {"gpt-b": {"status": 429}}}'
  curl 127.0.0.1:8081/v1/chat/completions -H 'x-mock: output_tokens=3' \
       -d '{"model": "gpt-test", "messages": [{"role": "user", "content": "hello"}]}'
  curl '127.0.0.1:8081/truth?calls=1'
)";

struct Options {
  std::string listen = "127.0.0.1:0";
  std::string port_file;
  std::size_t record = 256;
  bool quiet = false;
  bool verbose = false;
  std::vector<std::string> models;
  std::vector<std::string> settings;
};

struct Job {
  mock::App* app;
  int fd;
};

void* run_connection(void* argument) {
  const std::unique_ptr<Job> job(static_cast<Job*>(argument));
  mock::serve(*job->app, job->fd);
  return nullptr;
}

void accept_until_signal(mock::App& app, int listener, int signals) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kThreadStackBytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  for (;;) {
    pollfd watched[2] = {{listener, POLLIN, 0}, {signals, POLLIN, 0}};
    if (::poll(watched, 2, -1) < 0 && errno != EINTR) return;
    if (watched[1].revents != 0) return;
    if (watched[0].revents == 0) continue;
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    auto job = std::make_unique<Job>(Job{&app, fd});
    pthread_t thread;
    if (pthread_create(&thread, &attributes, run_connection, job.get()) == 0) {
      (void)job.release();
    } else {
      ::close(fd);
    }
  }
}

// The port file appears whole: readers never see half of it.
bool write_port_file(const std::string& path, const std::string& url) {
  const std::string draft = path + ".new";
  std::FILE* file = std::fopen(draft.c_str(), "w");
  if (file == nullptr) return false;
  fmt::print(file, "{}\n", url.substr(url.rfind(':') + 1));
  return std::fclose(file) == 0 && std::rename(draft.c_str(), path.c_str()) == 0;
}

int run(const Options& options, const mock::Knobs& knobs) {
  std::string url;
  std::string error;
  const int listener = mock::listen_on(options.listen, url, error);
  if (listener < 0) {
    fmt::print(stderr, "ringfence-mock: cannot listen on {}: {}\n", options.listen, error);
    return 4;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  const int signals = ::signalfd(-1, &ends, SFD_CLOEXEC);
  static mock::App app(knobs, options.record);
  app.verbose = options.verbose;
  if (!options.models.empty()) app.models = options.models;
  if (!options.port_file.empty() && !write_port_file(options.port_file, url)) {
    fmt::print(stderr, "ringfence-mock: cannot write {}\n", options.port_file);
    return 4;
  }
  if (!options.quiet) {
    fmt::print("listening on {}\n", url);
    std::fflush(stdout);
  }
  accept_until_signal(app, listener, signals);
  std::_Exit(0);  // connections' threads still run; nothing of theirs is to be saved
}

std::string dashed(std::string_view name) {
  std::string out = "--";
  for (const char c : name) out += c == '_' ? '-' : c;
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  mock::Knobs knobs;
  CLI::App cli(
      "A provider for tests on OpenAI's, Anthropic's and Gemini's wires, which counts the truth.",
      "ringfence-mock");
  cli.footer(kFooter);
  cli.add_option("--listen", options.listen, "HOST:PORT, port 0 = chosen by the system")
      ->capture_default_str();
  cli.add_option("--port-file", options.port_file, "write the port there once ready");
  cli.add_option("--record", options.record, "how many requests GET /requests remembers")
      ->capture_default_str();
  cli.add_option("--model", options.models, "models listed by /v1/models (any is answered)");
  cli.add_option("--set", options.settings, "knobs as name=value;name=value");
  cli.add_flag("--quiet", options.quiet, "do not print the ready line");
  cli.add_flag("--verbose", options.verbose, "one line per request on stderr");
  std::string wrong;
  for (const auto& knob : mock::knob_table()) {
    const std::string name(knob.name);
    cli.add_option_function<std::string>(
           dashed(knob.name),
           [&knobs, &wrong, name](const std::string& value) {
             wrong += mock::set_knob(knobs, name, value);
           },
           std::string(knob.help))
        ->group("Knobs");
  }
  CLI11_PARSE(cli, argc, argv);
  for (const auto& text : options.settings) {
    mock::KnobSettings settings;
    wrong += mock::parse_settings(text, settings);
    for (const auto& [name, value] : settings) wrong += mock::set_knob(knobs, name, value);
  }
  if (!wrong.empty()) {
    fmt::print(stderr, "ringfence-mock: {}\n", wrong);
    return 2;
  }
  return run(options, knobs);
}
