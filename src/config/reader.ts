import { dirname } from 'node:path';
import type * as z from 'zod';

import { reasonOf } from '../contract/errors.ts';
import { withBase } from '../contract/options.ts';
import { describeIssue, describeUnknownKey, flattenIssues } from './issues.ts';
import type { Mistakes } from './mistakes.ts';
import { knownKeys } from './shape.ts';
import { find, isEmpty, scalarsOf, toJson, type Path, type TreeNode } from './tree.ts';

type Shape = Readonly<Record<string, z.ZodType>>;

/** Members that were right; a wrong one is a mistake and missing here. */
export type Members<S extends Shape> = { readonly [K in keyof S]?: z.output<S[K]> };

/** The same when nothing was wrong. */
export type Complete<S extends Shape> = { readonly [K in keyof S]: z.output<S[K]> };

/** Reads parts of the configuration with their schemas; what is wrong goes to the mistakes. */
export interface Reader {
  readonly root: TreeNode;
  readonly mistakes: Mistakes;
  /** False when a file is missing: what is not there may stand in it. */
  readonly isWhole: boolean;
  /** The value at a path, or undefined when it is wrong. `node`: what to read in place of what stands there. */
  value<T>(schema: z.ZodType<T>, path: Path, node?: TreeNode): T | undefined;
  /** Each member for itself, so that one mistake does not hide the next. */
  members<S extends Shape>(shape: S, path: Path): Members<S>;
  wrong(path: Path, message: string): void;
  /** A message of someone else's code without the secrets in a node. */
  redact(message: string, node: TreeNode): string;
}

export function createReader(root: TreeNode, mistakes: Mistakes, isWhole = true): Reader {
  const reader: Reader = {
    root,
    mistakes,
    isWhole,
    value(schema, path, node) {
      const given = node ?? find(root, path);
      for (;;) {
        const result = parse(schema, given, path);
        if (result === null) return undefined;
        if (result.success) return result.data;
        const issues = flattenIssues(result.error.issues);
        if (given !== null && takeAsText(given, issues)) continue;
        for (const issue of issues) report(issue, schema, given, path);
        return undefined;
      }
    },
    members(shape, path) {
      const node = find(root, path);
      if (node !== null && node.kind !== 'map') {
        reader.wrong(path, `expected a map, got ${isEmpty(node) ? 'nothing' : describeKind(node)}`);
        return {};
      }
      const keys = Object.keys(shape);
      for (const key of node?.children.keys() ?? []) {
        if (!keys.includes(key)) mistakes.addAtKey(root, [...path, key], describeUnknownKey(key, keys));
      }
      const entries = keys.map((key) => [key, reader.value(shape[key] as z.ZodType, [...path, key])]);
      return Object.fromEntries(entries) as Members<typeof shape>;
    },
    wrong(path, message) {
      mistakes.addAt(root, path, message);
    },
    redact(message, node) {
      return redact(message, secretsOf(node));
    },
  };
  return reader;

  function parse<T>(schema: z.ZodType<T>, node: TreeNode | null, path: Path): z.ZodSafeParseResult<T> | null {
    const input = node === null ? undefined : toJson(node);
    const secrets = secretsOf(node);
    try {
      return withBase(
        dirname((node ?? root).source.path),
        () => {
          const result = schema.safeParse(input, { error: describeIssue, reportInput: true });
          // zod words its issues when they are first asked for, which must be while it is known what is secret.
          if (!result.success) void result.error.issues;
          return result;
        },
        (value) => secrets.has(value),
      );
    } catch (error) {
      // A user's schema may do anything.
      reader.wrong(path, `cannot be checked: ${redact(reasonOf(error), secrets)}`);
      return null;
    }
  }

  function report(issue: z.core.$ZodIssue, schema: z.ZodType, node: TreeNode | null, path: Path): void {
    const inside = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    const place = [...path, ...inside];
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(schema, issue.path);
      for (const key of issue.keys) mistakes.addAtKey(root, [...place, key], describeUnknownKey(key, known));
      return;
    }
    const message = redact(issue.message, secretsOf(node));
    if (issue.code === 'invalid_key') mistakes.addAtKey(root, place, message);
    else mistakes.addAt(root, place, message);
  }
}

/** `${PASSWORD}` may hold digits: where a text is wanted, it is one. True when that changed anything. */
function takeAsText(node: TreeNode, issues: readonly z.core.$ZodIssue[]): boolean {
  let isChanged = false;
  for (const issue of issues) {
    const wantsText = (issue.code === 'invalid_type' && issue.expected === 'string') || issue.code === 'invalid_value';
    const target = wantsText ? find(node, issue.path.map(String)) : null;
    if (target === null || target.text === null || typeof target.value === 'string') continue;
    target.value = target.text;
    isChanged = true;
  }
  return isChanged;
}

function secretsOf(node: TreeNode | null): ReadonlySet<unknown> {
  const secrets = new Set<unknown>();
  if (node === null) return secrets;
  for (const { isSecret, value, text } of scalarsOf(node)) {
    if (isSecret) secrets.add(value).add(text ?? value);
  }
  return secrets;
}

// Shorter ones would take words of the message with them, and nothing so short is a secret.
const minSecretLength = 4;

/** Our own messages leave secrets out; those of a user's schema may repeat them. */
function redact(message: string, secrets: ReadonlySet<unknown>): string {
  let redacted = message;
  for (const secret of secrets) {
    if (typeof secret === 'string' && secret.length >= minSecretLength && secret !== 'true')
      redacted = redacted.replaceAll(secret, '…');
  }
  return redacted;
}

function describeKind(node: TreeNode): string {
  return node.kind === 'list' ? 'a list' : 'a text';
}
