// SPDX-License-Identifier: Apache-2.0
// Reads a JSON array of texts, prints [[o200k, cl100k], ...]: gpt-tokenizer's own counts.
import { readFileSync } from 'node:fs';
import { encode as cl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { encode as o200k } from 'gpt-tokenizer/encoding/o200k_base';

const ordinary = { disallowedSpecial: new Set() };
const texts = JSON.parse(readFileSync(0, 'utf8'));
const counts = texts.map((text) => [o200k(text, ordinary).length, cl100k(text, ordinary).length]);
console.log(JSON.stringify(counts));
