// SPDX-License-Identifier: Apache-2.0
// A client of the official SDK that counts its requests, and the one line each script prints.
import OpenAI from 'openai';

export const OpenAIError = OpenAI;
export let requestsSent = 0;

export function makeClient(options = {}) {
  return new OpenAI({
    baseURL: `${process.env.GATEWAY_URL}/v1`,
    apiKey: process.env.GATEWAY_KEY,
    timeout: 30_000,
    fetch: (url, init) => {
      requestsSent += 1;
      return fetch(url, init);
    },
    ...options,
  });
}

export const body = (more = {}) => ({
  model: 'gpt-test',
  messages: [{ role: 'user', content: 'hello' }],
  max_tokens: 64,
  ...more,
});

export const tools = [{
  type: 'function',
  function: {
    name: 'look_up',
    parameters: { type: 'object', properties: { text: { type: 'string' } } },
  },
}];

export function print(result) {
  console.log(JSON.stringify({ requestsSent, ...result }));
}

// What an exception of the SDK looks like to a program.
export function describe(error) {
  return {
    kind: error.constructor.name,
    isApiError: error instanceof OpenAI.APIError,
    status: error.status ?? null,
    shouldRetry: error.headers?.get?.('x-should-retry') ?? null,
    error: error.error ?? null,
    message: error.message,
  };
}
