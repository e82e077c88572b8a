// SPDX-License-Identifier: Apache-2.0
// Site: what a witness answers over HTTP: `POST /add-checkpoint`, `GET /vkey`.
//
// Contract: on the server's thread, which waits for the disk once a request: a witness has few
// clients, each of which asks once a second at most. No credential: a checkpoint speaks by its
// signature, and one of an unknown log costs no write.
#pragma once

#include "http/server.h"
#include "witness/witness.h"

namespace ringfence::witness {

// The witness outlives the handler.
http::Handler site_of(Witness& witness);

}  // namespace ringfence::witness
