// SPDX-License-Identifier: Apache-2.0
// Responses and embeddings: everything that works (DO=all), one refusal, one stream that is halted.
import { describe, makeClient, print } from './common.mjs';

const client = makeClient();
const body = (more = {}) => ({ model: 'gpt-test', input: 'hello', max_output_tokens: 64, ...more });

async function all() {
  const plain = await client.responses.create(body());
  let streamed = '';
  for await (const event of await client.responses.create(body({ stream: true }))) {
    if (event.type === 'response.output_text.delta') streamed += event.delta;
  }
  const embedded = await client.embeddings.create({ model: 'embed-test', input: ['a', 'b'] });
  print({ plain: plain.output_text, streamed, vectors: embedded.data.length });
}

async function refused() {
  try {
    await client.responses.create(body({ max_output_tokens: 4096 }));
    print({ thrown: null });
  } catch (error) {
    print({ thrown: describe(error) });
  }
}

async function halted() {
  let events = 0;
  try {
    const more = { max_output_tokens: 4096, stream: true };
    for await (const event of await client.responses.create(body(more))) {
      void event;
      events += 1;
      if (events !== 8) continue;
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
    print({ events, thrown: null });
  } catch (error) {
    print({ events, thrown: describe(error) });
  }
}

await { all, refused, halted }[process.env.DO]();
