// SPDX-License-Identifier: Apache-2.0
// Google's SDK: asks for WHAT (works, refused, halted) and prints one line of what came of it.
import { GoogleGenAI } from '@google/genai';

let requestsSent = 0;
const plainFetch = globalThis.fetch;
globalThis.fetch = (url, init) => {
  requestsSent += 1;
  return plainFetch(url, init);
};

const ai = new GoogleGenAI({
  apiKey: process.env.GATEWAY_KEY,
  httpOptions: {
    baseUrl: process.env.GATEWAY_URL,
    retryOptions: { attempts: 3, initialDelay: 0.01, maxDelay: 0.02 },
  },
});
const call = (maxOutputTokens, more = {}) => ({
  model: 'gemini-2.5-test', contents: 'hello', config: { maxOutputTokens, ...more },
});
const describe = (error) => ({ name: error.name, status: error.status, message: error.message });

async function halt() {
  const answer = await plainFetch(`${process.env.GATEWAY_URL}/api/v1/halts`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${process.env.OPERATOR_TOKEN}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ account: 'acme', reason: 'test stops it' }),
  });
  if (!answer.ok) throw new Error(`halt: ${answer.status} ${await answer.text()}`);
}

// The thrown error, or null; `each` is called for every chunk of a stream.
async function stream(parameters, each) {
  try {
    for await (const chunk of await ai.models.generateContentStream(parameters)) await each(chunk);
    return null;
  } catch (error) {
    return describe(error);
  }
}

const doing = {
  async works() {
    const { text } = await ai.models.generateContent(call(64));
    let streamed = '';
    const thrown = await stream(call(64), (chunk) => { streamed += chunk.text ?? ''; });
    if (thrown) throw new Error(thrown.message);
    const counted = await ai.models.countTokens({ model: 'gemini-2.5-test', contents: 'hello' });
    const models = [];
    for await (const model of await ai.models.list()) models.push(model.name);
    return { text, streamed, counted: counted.totalTokens, models };
  },
  async refused() {
    const wanted = call(64, { candidateCount: 8 });
    if (process.env.STREAM === '1') return { thrown: await stream(wanted, () => {}) };
    return { thrown: await ai.models.generateContent(wanted).then(() => null, describe) };
  },
  async halted() {
    let chunks = 0;
    const thrown = await stream(call(4096), async () => {
      chunks += 1;
      if (chunks === 5) await halt();
    });
    return { thrown, chunks };
  },
};
const result = await doing[process.env.WHAT]();
console.log(JSON.stringify({ requestsSent, ...result }));
