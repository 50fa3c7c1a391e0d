import type * as z from 'zod';

import { show } from '../contract/options.ts';
import { suggestion } from './nearest.ts';

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'nothing',
};

/** Our words for what zod finds: `expected …, got …`. Schemas with an `error` of their own are not asked. */
export function describeIssue(issue: RawIssue): string | undefined {
  const got = show(issue.input);
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeNames[issue.expected] ?? issue.expected}, got ${got}${asList(issue.expected, issue.input)}`;
    case 'invalid_value':
      return `expected ${choice(issue.values.map((value) => JSON.stringify(value)))}, got ${got}${meant(issue.input, issue.values)}`;
    case 'too_small':
      return `expected ${amount(issue.origin, 'at least', issue.inclusive === false, issue.minimum)}, got ${measure(issue.input)}`;
    case 'too_big':
      return `expected ${amount(issue.origin, 'at most', issue.inclusive === false, issue.maximum)}, got ${measure(issue.input)}`;
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}, got ${got}`;
    case 'invalid_format':
      return `expected a text of the form ${issue.format === 'regex' ? issue.pattern : issue.format}, got ${got}`;
    case 'unrecognized_keys':
      return 'unknown key';
    default:
      return undefined;
  }
}

/** One word where a list belongs is one member of it. */
function asList(expected: string, input: unknown): string {
  const isWord = typeof input === 'string' && /^[\w.@-]{1,64}$/.test(input) && show(input) === `"${input}"`;
  return expected === 'array' && isWord ? `: a list of one is [${input}]` : '';
}

/** Says of one key what `unrecognized_keys` says of several. */
export function describeUnknownKey(key: string, known: Iterable<string>): string {
  const names = [...known];
  // Known where other keys stand.
  if (names.includes(key)) return `the key ${JSON.stringify(key)} does not go with the others`;
  return `unknown key ${JSON.stringify(key)}${suggestion(key, names)}`;
}

/** Issues of unions replaced by those of the branch that was most likely meant. */
export function flattenIssues(issues: readonly Issue[], prefix: readonly PropertyKey[] = []): Issue[] {
  return issues.flatMap((issue): Issue[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'invalid_key') {
      const [first] = issue.issues;
      return [{ ...issue, path, message: first?.message ?? issue.message }];
    }
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ ...issue, path }];
    const branches = issue.errors.filter((branch) => !branch.some(isOfAnotherType));
    if (branches.length === 0) return [{ ...issue, path, message: describeUnion(issue) }];
    return flattenIssues(branches.length > 1 ? withoutMissing(bestBranch(branches)) : (branches[0] ?? []), path);
  });
}

function isOfAnotherType(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function describeUnion(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  if (issue.message !== 'Invalid input') return issue.message;
  const expected = issue.errors.map(
    (branch) => /^expected (.*), got /s.exec(branch[0]?.message ?? '')?.[1] ?? 'another value',
  );
  return `expected ${choice([...new Set(expected)])}, got ${show(issue.input)}`;
}

/** Of maps, the one whose members are there; among equals the first. */
function bestBranch(branches: readonly Issue[][]): Issue[] {
  const faults = (branch: readonly Issue[]): number => {
    return branch.length + 2 * branch.filter(isMissing).length;
  };
  const [best = []] = branches.toSorted((a, b) => faults(a) - faults(b));
  return best;
}

/** Which member is missing depends on the branch; an unknown key is wrong in all of them, and says more. */
function withoutMissing(branch: Issue[]): Issue[] {
  return branch.some((issue) => issue.code === 'unrecognized_keys')
    ? branch.filter((issue) => !isMissing(issue))
    : branch;
}

function isMissing(issue: Issue): boolean {
  return issue.input === undefined && issue.code !== 'unrecognized_keys';
}

function choice(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function meant(input: unknown, values: readonly unknown[]): string {
  // A suggestion for a secret would tell it.
  if (typeof input !== 'string' || show(input) === '"…"') return '';
  return suggestion(
    input,
    values.filter((value) => typeof value === 'string'),
  );
}

function amount(origin: string, bound: string, isExclusive: boolean, value: number | bigint): string {
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' items' : '';
  const count = `${bound} ${value}${value === 1 ? unit.replace(/s$/, '') : unit}`;
  if (unit !== '') return count;
  return isExclusive ? `a number ${bound === 'at least' ? 'above' : 'below'} ${value}` : `a number of ${count}`;
}

function measure(input: unknown): string {
  if (Array.isArray(input)) return String(input.length);
  return show(input);
}
