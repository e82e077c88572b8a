// SPDX-License-Identifier: Apache-2.0
// Puts one answer on the wire in the form the knobs ask for: coding, framing, pieces.
//
// Contract: either whole() once, or begin(), add()…, then end(). `false` means the peer is gone.
// After a false, or when must_close() is true, the connection takes no further request. One thread.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "encode.h"
#include "http.h"
#include "knobs.h"

namespace mock {

// The form of an answer; the default is what a plain server does.
struct ReplyForm {
  Coding coding = Coding::identity;
  LengthStyle length_style = LengthStyle::known;
  bool split = false;
  std::size_t chunk_bytes = 0;
  std::size_t big_headers = 0;
  std::uint64_t seed = 1;
};

class Reply {
 public:
  Reply(Connection& connection, bool keep_alive, const ReplyForm& form);

  [[nodiscard]] bool whole(int status, const std::vector<Header>& headers, std::string_view body);

  // A stream is chunked unless it ends by close.
  [[nodiscard]] bool begin(int status, const std::vector<Header>& headers);
  [[nodiscard]] bool add(std::string_view text);
  [[nodiscard]] bool end();

  // Promises the whole body and sends only its first `bytes`: the caller then closes.
  [[nodiscard]] bool truncated(int status, const std::vector<Header>& headers,
                               std::string_view body, std::size_t bytes);

  [[nodiscard]] bool must_close() const { return !keep_alive_; }

 private:
  [[nodiscard]] std::string head(int status, const std::vector<Header>& headers,
                                 std::string_view framing) const;
  [[nodiscard]] std::string whole_coded(std::string_view body);
  [[nodiscard]] bool send_body(std::string_view bytes);
  [[nodiscard]] bool send_pieces(std::string_view bytes, bool chunk_frames);
  [[nodiscard]] std::size_t piece_size(std::size_t left);
  [[nodiscard]] bool in_pieces() const { return form_.split || form_.chunk_bytes > 0; }

  Connection& connection_;
  bool keep_alive_;
  ReplyForm form_;
  std::unique_ptr<Encoder> encoder_;
  std::minstd_rand random_;
  std::string unsent_head_;
  bool chunked_ = false;
};

}  // namespace mock
