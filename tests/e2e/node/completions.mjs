// SPDX-License-Identifier: Apache-2.0
import { body, makeClient, print } from './common.mjs';

const client = makeClient();
const plain = await client.chat.completions.create(body());
let text = '';
let usage = null;
const stream = await client.chat.completions.create(
  body({ stream: true, stream_options: { include_usage: true } }));
for await (const chunk of stream) {
  text += chunk.choices[0]?.delta?.content ?? '';
  usage = chunk.usage ?? usage;
}
let chunksWithUsage = 0;
for await (const chunk of await client.chat.completions.create(body({ stream: true }))) {
  if (chunk.usage || chunk.choices.length === 0) chunksWithUsage += 1;
}
const models = [];
for await (const model of client.models.list()) models.push(model.id);
print({ plain, text, usage, chunksWithUsage, models });
