// SPDX-License-Identifier: Apache-2.0
import { body, makeClient, print, tools } from './common.mjs';

const client = makeClient();
const plain = await client.chat.completions.create(body({ tools }));
const streamed = await client.chat.completions.stream(body({ tools })).finalChatCompletion();
const call = (answer) => answer.choices[0].message.tool_calls[0].function;
print({ plain: call(plain), streamed: call(streamed) });
