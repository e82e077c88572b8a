// SPDX-License-Identifier: Apache-2.0
// Streams, has the operator halt the account after five chunks, and tells which exception came.
import { body, describe, makeClient, print } from './common.mjs';

const client = makeClient();
let chunks = 0;
try {
  const stream = await client.chat.completions.create(body({ max_tokens: 4096, stream: true }));
  for await (const chunk of stream) {
    void chunk;
    chunks += 1;
    if (chunks === 5) {
      const answer = await fetch(`${process.env.GATEWAY_URL}/api/v1/halts`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${process.env.OPERATOR_TOKEN}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ account: 'acme', reason: 'test stops it' }),
      });
      if (!answer.ok) throw new Error(`halt: ${answer.status} ${await answer.text()}`);
    }
  }
  print({ chunks, thrown: null });
} catch (error) {
  print({ chunks, thrown: describe(error) });
}
