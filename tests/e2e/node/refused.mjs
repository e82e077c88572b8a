// SPDX-License-Identifier: Apache-2.0
// Asks once (MAX_TOKENS, STREAM) and tells which exception came.
import { body, describe, makeClient, print } from './common.mjs';

const client = makeClient();
try {
  const answer = await client.chat.completions.create(
    body({ max_tokens: Number(process.env.MAX_TOKENS ?? 64), stream: process.env.STREAM === '1' }));
  if (process.env.STREAM === '1') for await (const chunk of answer) void chunk;
  print({ thrown: null });
} catch (error) {
  print({ thrown: describe(error) });
}
