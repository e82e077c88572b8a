// SPDX-License-Identifier: Apache-2.0
// Anthropic's SDK: `answers`, `tools`, `refused` or `halted`; prints one line of JSON.
import Anthropic from '@anthropic-ai/sdk';

let requestsSent = 0;
const client = new Anthropic({
  baseURL: process.env.GATEWAY_URL,
  apiKey: process.env.GATEWAY_KEY,
  timeout: 30_000,
  fetch: (url, init) => {
    requestsSent += 1;
    return fetch(url, init);
  },
});
const asked = (more = {}) => ({
  model: 'claude-test',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'hello' }],
  ...more,
});

async function answers() {
  const plain = await client.messages.create(asked());
  const streamed = await client.messages.stream(asked()).finalText();
  const { max_tokens: _, ...counting } = asked();
  const counted = await client.messages.countTokens(counting);
  const models = [];
  for await (const model of client.models.list()) models.push(model.id);
  return { plain: plain.content[0].text, streamed, counted: counted.input_tokens, models };
}

async function tools() {
  const schema = { type: 'object', properties: { text: { type: 'string' } } };
  const answer = await client.messages.stream(asked({
    max_tokens: 4096,
    tools: [{ name: 'look_up', input_schema: schema }],
    thinking: { type: 'enabled', budget_tokens: 2048 },
  })).finalMessage();
  return { kinds: answer.content.map((block) => block.type), input: answer.content.at(-1).input };
}

async function thrownBy(work) {
  try {
    return { ...(await work()), thrown: null };
  } catch (error) {
    return {
      thrown: {
        isApiError: error instanceof Anthropic.APIError,
        status: error.status ?? null,
        shouldRetry: error.headers?.get?.('x-should-retry') ?? null,
        error: error.error ?? null,
        message: error.message,
      },
    };
  }
}

async function refused() {
  return thrownBy(async () => {
    const stream = process.env.STREAM === '1';
    const answer = await client.messages.create(asked({ stream }));
    if (stream) for await (const event of answer) void event;
  });
}

async function halted() {
  let events = 0;
  const told = await thrownBy(async () => {
    const stream = await client.messages.create(asked({ max_tokens: 4096, stream: true }));
    for await (const event of stream) {
      void event;
      events += 1;
      if (events !== 5) continue;
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
  });
  return { events, ...told };
}

const told = await { answers, tools, refused, halted }[process.argv[2]]();
console.log(JSON.stringify({ requestsSent, ...told }));
