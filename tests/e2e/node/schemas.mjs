// SPDX-License-Identifier: Apache-2.0
// Makes random schemas with instances and says what ajv says of them.
//   node schemas.mjs SEED COUNT
//   output = { schema "\n" instance "\n" ("valid" / "invalid" / "refused") "\n" }
//
// Within what ajv and JSON Schema agree on: divisors that a binary float holds, patterns that
// ECMA-262 and RE2 read alike. Numbers are spelled in several ways (1, 1.0, 10e-1).
import Ajv from 'ajv/dist/2020.js';

let state = Number(process.argv[2]) >>> 0;
const random = () => {  // mulberry32
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const chance = (p) => random() < p;
const some = (n, make) => Array.from({ length: below(n + 1) }, make);

const NAMES = ['a', 'b', 'c', 'to', 'é', 'x-1', 'm/n', '~'];
const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];
const TEXTS = ['', 'a', 'b', 'ab', 'ba', 'aab', 'é', '😀', '😀a', '1', 'a@acme.com', 'x-1',
  'a b', '|'];
const PATTERNS = ['^a*$', '^[ab]+$', '^(?:a|b)$', '^.{2}$', '^[^a]*$',
  '^\\w+@acme\\.com$', '^\\d$', '^x-.*$', '^(a|ab)(b|)$', '^$', '^[é😀]+a?$', '^(?:[ab]{2})*$'];
const UNANCHORED = ['a', '^a', 'a$', '^a|b$', '^a\\$', '(?:^a$)'];
const NUMBERS = [-3, -2, -1, -0.5, 0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 10, 100, 1e15, -1e-7];

function value(depth) {
  switch (pick(depth > 2 ? TYPES.slice(0, 5) : TYPES)) {
    case 'null': return null;
    case 'boolean': return chance(0.5);
    case 'integer': return below(7) - 2;
    case 'number': return pick(NUMBERS);
    case 'string': return pick(TEXTS);
    case 'array': return some(4, () => value(depth + 1));
    default: return Object.fromEntries(some(4, () => [pick(NAMES), value(depth + 1)]));
  }
}

function schema(depth, defs) {
  if (chance(0.06)) return chance(0.7);
  const sub = () => (chance(0.25 * depth) ? chance(0.8) : schema(depth + 1, defs));
  const made = {};
  const types = new Set(chance(0.25) ? [pick(TYPES), pick(TYPES)] : [pick(TYPES)]);
  if (depth === 0 && chance(0.6)) types.add(pick(['object', 'array']));
  if (types.has('integer') && types.has('number')) types.delete('integer');
  if (chance(0.9)) made.type = types.size === 1 && chance(0.8) ? [...types][0] : [...types];
  const has = (...names) => made.type !== undefined && names.some((name) => types.has(name));
  if (chance(0.08)) made.const = instance(made, defs, 9);
  if (chance(0.08)) {
    const values = [1, 2, 3].map(() => instance(made, defs, 9));
    const different = new Map(values.map((v) => [JSON.stringify(v), v])).values();
    made.enum = chance(0.02) ? values : [...different];
  }
  if (has('integer', 'number') || chance(0.002)) {
    const [low, high] = [pick(NUMBERS), pick(NUMBERS)].sort((a, b) => a - b);
    if (chance(0.4)) made[pick(['minimum', 'exclusiveMinimum'])] = low;
    if (chance(0.4)) made[pick(['maximum', 'exclusiveMaximum'])] = high;
    if (chance(0.2)) made.multipleOf = pick([1, 2, 3, 0.5, 0.25, 1.5]);
  }
  if (has('string') || chance(0.002)) {
    if (chance(0.3)) made.minLength = below(3);
    if (chance(0.3)) made.maxLength = 1 + below(4);
    if (chance(0.4)) made.pattern = chance(0.02) ? pick(UNANCHORED) : pick(PATTERNS);
  }
  if (has('array') || chance(0.002)) {
    if (chance(0.2)) made.minItems = below(3);
    if (chance(0.2)) made.maxItems = 1 + below(4);
    if (chance(0.2)) made.uniqueItems = chance(0.8);
    if (chance(0.5)) made.items = sub();
    if (chance(0.25)) made.prefixItems = [sub(), ...some(2, sub)];
    // Beside prefixItems ajv 8.20 takes a list for containing something when it does not.
    if (!made.prefixItems && chance(0.3)) {
      made.contains = sub();
      if (chance(0.4)) made.minContains = below(3);
      if (chance(0.4)) made.maxContains = 2 + below(2);
    }
  }
  if (has('object') || chance(0.002)) {
    if (chance(0.8)) {
      const members = [1, 2, ...some(2, () => 0)].map(() => [pick(NAMES), sub()]);
      made.properties = Object.fromEntries(members);
    }
    if (chance(0.15)) made.patternProperties = { [chance(0.04) ? '^a' : pick(PATTERNS)]: sub() };
    if (chance(0.4)) made.additionalProperties = chance(0.5) ? false : sub();
    if (chance(0.1)) made.propertyNames = chance(0.5) ? { type: 'string', maxLength: 1 } : sub();
    if (chance(0.35)) {
      const known = Object.keys(made.properties ?? { a: 1 });
      made.required = [...new Set(some(2, () => pick(known)))];
    }
    if (chance(0.1)) made.dependentRequired = { [pick(NAMES)]: [pick(NAMES)] };
    if (chance(0.1)) made.dependentSchemas = { [pick(NAMES)]: sub() };
    if (chance(0.1)) made.minProperties = below(3);
    if (chance(0.1)) made.maxProperties = 1 + below(4);
  }
  if (chance(0.08)) made.allOf = [sub(), ...some(2, sub)];
  if (chance(0.1)) made.anyOf = [sub(), ...some(2, sub)];
  if (chance(0.1)) made.oneOf = [sub(), ...some(2, sub)];
  if (chance(0.06)) made.not = sub();
  if (chance(0.08)) Object.assign(made, { if: sub(), then: sub() });
  if (made.then !== undefined && chance(0.5)) made.else = sub();
  if (chance(depth === 0 ? 0.01 : 0.05)) {
    made.$ref = pick(['#', ...defs.map((name) => `#/$defs/${name}`)]);
  }
  if (chance(0.05)) made.title = 'a title';
  if (chance(0.004)) made.minLenght = 1;
  if (chance(0.004)) made.format = 'email';
  return made;
}

// A value that tries to meet the schema; a few do not.
function instance(of, defs, depth = 0) {
  if (typeof of === 'boolean' || depth > 9 || chance(0.02)) return value(1);
  if ('const' in of) return of.const;
  if ('enum' in of) return pick(of.enum);
  const options = of.anyOf ?? of.oneOf;
  const next = (schema) => instance(schema, defs, depth + 1);
  if (of.type === undefined && options && chance(0.7)) return next(pick(options));
  const type = pick([of.type ?? TYPES].flat());
  const best = (list, keep) => {
    const kept = list.filter(keep);
    return pick(kept.length ? kept : list);
  };
  switch (type) {
    case 'null': return null;
    case 'boolean': return chance(0.5);
    case 'integer':
    case 'number':
      return best(type === 'integer' ? NUMBERS.filter(Number.isInteger) : NUMBERS, (n) =>
        !(n < of.minimum || n > of.maximum ||
          n <= of.exclusiveMinimum || n >= of.exclusiveMaximum ||
          (of.multipleOf && n % of.multipleOf !== 0)));
    case 'string':
      return best(TEXTS, (text) =>
        !([...text].length < of.minLength || [...text].length > of.maxLength) &&
        (of.pattern === undefined || new RegExp(of.pattern, 'u').test(text)));
    case 'array': {
      const contained = of.minContains ?? (of.contains !== undefined ? 1 : 0);
      const least = Math.max(of.minItems ?? 0, chance(0.7) ? contained : 0);
      const size = Math.min(least + below(3), of.maxItems ?? 9);
      return Array.from({ length: size }, (_, i) =>
        of.prefixItems?.[i] !== undefined ? next(of.prefixItems[i])
          : next(of.contains !== undefined && chance(0.4) ? of.contains : of.items ?? true));
    }
    default: {
      const made = {};
      for (const [name, sub] of Object.entries(of.properties ?? {})) {
        if (of.required?.includes(name) || (sub !== false && chance(0.6))) made[name] = next(sub);
      }
      for (const name of of.required ?? []) if (!(name in made)) made[name] = value(1);
      if (chance(0.2)) made[pick(NAMES)] = value(1);
      return made;
    }
  }
}

// JSON with numbers in one of their spellings.
function text(value) {
  if (Array.isArray(value)) return `[${value.map(text).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const pair = ([name, of]) => JSON.stringify(name) + ":" + text(of);
    const members = Object.entries(value).map(pair);
    return `{${members.join(',')}}`;
  }
  if (typeof value !== 'number' || value === 0 || chance(0.7)) return JSON.stringify(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e15) {
    return pick([`${value}.0`, `${value}0e-1`, `${value}E0`]);
  }
  return value.toExponential();
}

const ajv = new Ajv({ strict: false, logger: false });
const lines = [];
const INSTANCES = 3;  // of each schema
for (let i = 0; i < Number(process.argv[3]); i += INSTANCES) {
  const defs = chance(0.3) ? ['one', 'two'] : [];
  const root = schema(0, defs);
  if (typeof root === 'object' && defs.length) {
    root.$defs = Object.fromEntries(defs.map((name) => [name, schema(2, defs)]));
  }
  const written = text(root);
  let validate;
  try {
    validate = ajv.compile(JSON.parse(written));
  } catch {
    validate = undefined;
  }
  for (let j = 0; j < INSTANCES; j += 1) {
    const asked = text(instance(root, defs));
    let told = 'refused';
    try {
      if (validate) told = validate(JSON.parse(asked)) ? 'valid' : 'invalid';
    } catch {
      // It went in circles.
    }
    lines.push(written, asked, told);
  }
  ajv.removeSchema();
}
process.stdout.write(`${lines.join('\n')}\n`);
