// SPDX-License-Identifier: Apache-2.0
#include "http.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace mock {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

bool parse_size(std::string_view text, int base, std::size_t& out) {
  const auto* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, out, base);
  return !text.empty() && result.ec == std::errc() && result.ptr == end;
}

bool parse_request_line(std::string_view line, HttpRequest& out) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || last <= first + 1) return false;
  const auto version = trim(line.substr(last + 1));
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
  const auto target = line.substr(first + 1, last - first - 1);
  const auto mark = target.find('?');
  out.method = line.substr(0, first);
  out.path = target.substr(0, mark);
  out.query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  out.keep_alive = version == "HTTP/1.1";
  return true;
}

bool parse_head(std::string_view head, HttpRequest& out) {
  const auto line_end = head.find('\n');
  if (!parse_request_line(trim(head.substr(0, line_end)), out)) return false;
  head.remove_prefix(line_end + 1);
  while (!head.empty()) {
    const auto end = head.find('\n');
    const auto line = trim(head.substr(0, end));
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 1);
    if (line.empty()) break;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    out.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))});
  }
  const auto connection = out.header("connection");
  if (equals_ignoring_case(connection, "close")) out.keep_alive = false;
  if (equals_ignoring_case(connection, "keep-alive")) out.keep_alive = true;
  return true;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& each : headers) {
    if (equals_ignoring_case(each.name, name)) return each.value;
  }
  return {};
}

std::string_view HttpRequest::query_value(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const auto part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const auto equals = part.find('=');
    if (part.substr(0, equals) != name) continue;
    return equals == std::string_view::npos ? std::string_view("1") : part.substr(equals + 1);
  }
  return {};
}

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

bool Connection::fill() {
  char chunk[16 * 1024];
  for (;;) {
    const auto got = ::recv(fd_, chunk, sizeof chunk, 0);
    if (got > 0) {
      buffer_.append(chunk, static_cast<std::size_t>(got));
      return true;
    }
    if (got < 0 && errno == EINTR) continue;
    return false;
  }
}

ReadOutcome Connection::read_request(HttpRequest& out) {
  out = HttpRequest();
  std::size_t searched = 0;
  for (;;) {
    const auto end = buffer_.find("\r\n\r\n", searched);
    if (end != std::string::npos) {
      const auto head_end = end + 4;
      if (!parse_head(std::string_view(buffer_).substr(0, head_end), out)) {
        return ReadOutcome::malformed;
      }
      return read_body(out, head_end);
    }
    if (buffer_.size() > kHeadBytesMax) return ReadOutcome::too_large;
    searched = buffer_.size() < 3 ? 0 : buffer_.size() - 3;
    if (!fill()) return ReadOutcome::closed;
  }
}

ReadOutcome Connection::read_body(HttpRequest& out, std::size_t head_end) {
  buffer_.erase(0, head_end);
  const auto coding = out.header("transfer-encoding");
  const auto length_text = out.header("content-length");
  if (coding.empty() && length_text.empty()) return ReadOutcome::request;
  if (equals_ignoring_case(out.header("expect"), "100-continue") &&
      !send_all("HTTP/1.1 100 Continue\r\n\r\n")) {
    return ReadOutcome::closed;
  }
  if (!coding.empty()) {
    return equals_ignoring_case(coding, "chunked") ? read_chunked(out) : ReadOutcome::malformed;
  }
  std::size_t length = 0;
  if (!parse_size(length_text, 10, length)) return ReadOutcome::malformed;
  if (length > kBodyBytesMax) return ReadOutcome::too_large;
  return take_bytes(length, out.body) ? ReadOutcome::request : ReadOutcome::closed;
}

ReadOutcome Connection::read_chunked(HttpRequest& out) {
  for (;;) {
    std::string line;
    if (!take_line(line)) return ReadOutcome::closed;
    std::size_t size = 0;
    const auto digits = trim(std::string_view(line).substr(0, line.find(';')));
    if (!parse_size(digits, 16, size)) return ReadOutcome::malformed;
    if (size > kBodyBytesMax - out.body.size()) return ReadOutcome::too_large;
    if (size == 0) break;
    if (!take_bytes(size, out.body) || !take_line(line)) return ReadOutcome::closed;
    if (!trim(line).empty()) return ReadOutcome::malformed;
  }
  std::string trailer;
  do {
    trailer.clear();
    if (!take_line(trailer)) return ReadOutcome::closed;
  } while (!trim(trailer).empty());
  return ReadOutcome::request;
}

bool Connection::take_line(std::string& line) {
  line.clear();
  for (;;) {
    const auto end = buffer_.find('\n');
    if (end != std::string::npos) {
      line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return true;
    }
    if (buffer_.size() > kHeadBytesMax || !fill()) return false;
  }
}

bool Connection::take_bytes(std::size_t count, std::string& out) {
  while (buffer_.size() < count) {
    if (!fill()) return false;
  }
  out.append(buffer_, 0, count);
  buffer_.erase(0, count);
  return true;
}

bool Connection::poll_once(short events, int timeout_ms, short& seen) {
  pollfd watched{fd_, static_cast<short>(events | POLLRDHUP), 0};
  const int ready = ::poll(&watched, 1, timeout_ms);
  seen = ready > 0 ? watched.revents : short{0};
  if (ready < 0) return errno == EINTR;
  return (seen & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) == 0;
}

bool Connection::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (sent < 0 && errno == EINTR) continue;
    if (sent == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) return false;
    short seen = 0;
    if (!poll_once(POLLOUT, -1, seen)) return false;
  }
  return true;
}

bool Connection::wait_until(Clock::time_point when) {
  for (;;) {
    const auto left = when - Clock::now();
    const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
    const bool due = nanos <= 0;
    const timespec timeout{due ? 0 : nanos / 1'000'000'000, due ? 0 : nanos % 1'000'000'000};
    pollfd watched{fd_, POLLRDHUP, 0};
    const int ready = ::ppoll(&watched, 1, &timeout, nullptr);
    if (ready > 0) return false;
    if (ready < 0 && errno != EINTR) return false;
    if (due) return true;
  }
}

void Connection::wait_for_close() {
  short seen = 0;
  while (poll_once(0, -1, seen)) {
  }
}

void Connection::reset() {
  const auto deadline = Clock::now() + std::chrono::seconds(1);
  int unsent = 0;
  while (::ioctl(fd_, SIOCOUTQ, &unsent) == 0 && unsent > 0 && Clock::now() < deadline) {
    if (!wait_until(Clock::now() + std::chrono::milliseconds(1))) break;
  }
  const linger abort_on_close{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort_on_close, sizeof abort_on_close);
  ::close(fd_);
  fd_ = -1;
}

void Connection::limit_send_buffer(int bytes) {
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

int listen_on(const std::string& address, std::string& url, std::string& error) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) {
    error = "expected HOST:PORT";
    return -1;
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found);
  if (code != 0) {
    error = ::gai_strerror(code);
    return -1;
  }
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool bound =
      fd >= 0 && ::bind(fd, found->ai_addr, found->ai_addrlen) == 0 && ::listen(fd, 4096) == 0;
  ::freeaddrinfo(found);
  sockaddr_storage actual{};
  socklen_t size = sizeof actual;
  if (!bound || ::getsockname(fd, reinterpret_cast<sockaddr*>(&actual), &size) != 0) {
    error = std::strerror(errno);
    if (fd >= 0) ::close(fd);
    return -1;
  }
  char name[128];
  char port[16];
  ::getnameinfo(reinterpret_cast<sockaddr*>(&actual), size, name, sizeof name, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
  const bool v6 = actual.ss_family == AF_INET6;
  url = std::string("http://") + (v6 ? "[" : "") + name + (v6 ? "]" : "") + ":" + port;
  return fd;
}

}  // namespace mock
