// SPDX-License-Identifier: Apache-2.0
// A provider that costs next to nothing: what the gateway's latency and throughput are measured on.
//
// Answers every chat completion at once with the same text and a truthful usage. Where the request
// says `"stream": true`, it answers --chunks events, --gap-us apart; each carries the monotonic
// nanosecond at which it was sent, so that a client on this machine sees how long it was under way.
// Bare epoll on one thread; keep-alive; sized request bodies only. Until SIGTERM.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <queue>
#include <unordered_map>
#include <vector>

#include "harness.h"

namespace {

using namespace ringfence::bench;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr int kEventsMax = 256;
constexpr std::string_view kText = "Five words or so here.";  // 6 tokens
constexpr std::string_view kUsage =
    R"("usage":{"prompt_tokens":12,"completion_tokens":6,"total_tokens":18})";

std::string plain_answer() {
  const std::string body = fmt::format(
      R"({{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-bench",)"
      R"("choices":[{{"index":0,"message":{{"role":"assistant","content":"{}"}},)"
      R"("finish_reason":"stop"}}],{}}})",
      kText, kUsage);
  return fmt::format(
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
      "content-length: {}\r\n\r\n{}",
      body.size(), body);
}

std::string http_chunk(std::string_view data) {
  return fmt::format("{:x}\r\n{}\r\n", data.size(), data);
}

std::string event(std::string_view choices, std::string_view more) {
  return fmt::format(R"(data: {{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,)"
                     R"("model":"gpt-bench",)"
                     R"("choices":[{}]{}}})"
                     "\n\n",
                     choices, more);
}

std::string stamped_chunk() {
  const std::string choice = fmt::format(
      R"({{"index":0,"delta":{{"content":"t={} "}},"finish_reason":null}})", ticks_ns());
  return http_chunk(event(choice, ""));
}

std::string stream_end(std::int64_t chunks) {
  // One token an event: as few as its bytes can be, and no more.
  const std::string usage =
      fmt::format(R"(,"usage":{{"prompt_tokens":12,"completion_tokens":{},"total_tokens":{}}})",
                  chunks, chunks + 12);
  return http_chunk(event(R"({"index":0,"delta":{},"finish_reason":"stop"})", "") +
                    event("", usage) + "data: [DONE]\n\n") +
         "0\r\n\r\n";
}

struct Line {
  int socket;
  std::string input;
  std::int64_t chunks_left = 0;
};

struct Due {
  std::int64_t at_ns;
  std::weak_ptr<Line> line;
  bool operator>(const Due& other) const { return at_ns > other.at_ns; }
};

class Provider {
 public:
  Provider(std::int64_t chunks, std::int64_t gap_us)
      : chunks_(chunks), gap_ns_(gap_us * 1000), plain_(plain_answer()), end_(stream_end(chunks)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 ||
        ::listen(listener_, 4096) != 0) {
      give_up("cannot listen");
    }
    watch(listener_);
  }

  int port() const {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    return ntohs(at.sin_port);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, kEventsMax> events{};
    for (;;) {
      const int ready = ::epoll_pwait2(epoll_, events.data(), kEventsMax, until_due(), nullptr);
      for (int i = 0; i < ready; ++i) {
        const int socket = events[static_cast<std::size_t>(i)].data.fd;
        if (socket == listener_) {
          accept();
        } else {
          receive(socket);
        }
      }
      send_due();
    }
  }

 private:
  void watch(int socket) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
  }

  // Null: nothing is due.
  const timespec* until_due() {
    if (due_.empty()) return nullptr;
    const std::int64_t left = std::max<std::int64_t>(0, due_.top().at_ns - ticks_ns());
    wait_ = {left / 1'000'000'000, left % 1'000'000'000};
    return &wait_;
  }

  void accept() {
    int made = -1;
    while ((made = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      const int on = 1;
      ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto line = std::make_shared<Line>();
      line->socket = made;
      lines_[made] = std::move(line);
      watch(made);
    }
  }

  void receive(int socket) {
    const auto found = lines_.find(socket);
    if (found == lines_.end()) return;
    const std::shared_ptr<Line> line = found->second;
    std::array<char, kReadBytes> bytes;
    const ssize_t got = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      ::close(socket);
      lines_.erase(socket);
      return;
    }
    line->input.append(bytes.data(), static_cast<std::size_t>(got));
    while (answer_one(line)) {
    }
  }

  // Whether a whole request stood at the front of the input.
  bool answer_one(const std::shared_ptr<Line>& line) {
    const std::string_view input = line->input;
    const std::size_t head_end = input.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return false;
    const std::size_t size = head_end + 4 + body_bytes(input.substr(0, head_end));
    if (input.size() < size) return false;
    const std::string_view body = input.substr(head_end + 4, size - head_end - 4);
    const bool stream = body.find(R"("stream":true)") != std::string_view::npos ||
                        body.find(R"("stream": true)") != std::string_view::npos;
    line->input.erase(0, size);
    if (stream) {
      begin_stream(line);
    } else {
      send(*line, plain_);
    }
    return true;
  }

  static std::size_t body_bytes(std::string_view head) {
    for (std::string_view name : {"\r\ncontent-length:", "\r\nContent-Length:"}) {
      const std::size_t at = head.find(name);
      if (at != std::string_view::npos) {
        return static_cast<std::size_t>(std::atoll(head.data() + at + name.size()));
      }
    }
    return 0;
  }

  void begin_stream(const std::shared_ptr<Line>& line) {
    line->chunks_left = chunks_;
    send(
        *line,
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
    step(line);
  }

  void step(const std::shared_ptr<Line>& line) {
    if (line->chunks_left-- > 0) {
      send(*line, stamped_chunk());
      due_.push({ticks_ns() + gap_ns_, line});
    } else {
      send(*line, end_);
    }
  }

  void send_due() {
    while (!due_.empty() && due_.top().at_ns <= ticks_ns()) {
      const std::shared_ptr<Line> line = due_.top().line.lock();
      due_.pop();
      if (line) step(line);
    }
  }

  // All at once: answers are far smaller than a socket's buffer. A client that does not read is
  // none of ours.
  static void send(const Line& line, std::string_view bytes) {
    (void)!::send(line.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  const std::int64_t chunks_;
  const std::int64_t gap_ns_;
  const std::string plain_, end_;
  const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  int listener_ = -1;
  timespec wait_{};
  std::unordered_map<int, std::shared_ptr<Line>> lines_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

}  // namespace

int main(int argc, char** argv) {
  std::int64_t chunks = 20;
  std::int64_t gap_us = 5000;
  std::string port_file;
  Flags flags("A provider that answers chat completions at once. Ends on TERM.");
  flags.add("--chunks", chunks, "events of a streamed answer")
      .add("--gap-us", gap_us, "between two of them")
      .add("--port-file", port_file, "where to write the port, once ready");
  flags.parse(argc, argv);
  Provider provider(chunks, gap_us);
  const std::string fresh = port_file + ".new";
  std::ofstream(fresh) << provider.port() << "\n";
  if (std::rename(fresh.c_str(), port_file.c_str()) != 0) give_up("cannot write " + port_file);
  provider.run();
}
