import { suggestion } from '../../config/nearest.ts';
import type { Attribute, Section } from './grammar.ts';

/** What xinetd knows (the table of its parser), and what becomes of it here. */
interface AttributeKind {
  /** Values add up over lines and over `defaults`. */
  readonly isList?: boolean;
  /** `defaults` may have it. */
  readonly isDefault?: boolean;
  /** Why it has no place with us; absent: it is converted. */
  readonly leftOut?: string;
}

const list = { isList: true };
const given = { isDefault: true };

export const attributeKinds: Readonly<Record<string, AttributeKind>> = {
  id: {},
  type: list,
  flags: list,
  disable: {},
  socket_type: {},
  protocol: {},
  wait: {},
  user: {},
  group: {},
  groups: given,
  umask: given,
  nice: {},
  instances: given,
  per_source: given,
  cps: given,
  max_load: given,
  server: {},
  server_args: {},
  libwrap: {},
  only_from: { ...list, ...given },
  no_access: { ...list, ...given },
  access_times: {},
  log_type: given,
  log_on_success: { ...list, ...given },
  log_on_failure: { ...list, ...given },
  rpc_version: { leftOut: 'it belongs to RPC services' },
  rpc_number: { leftOut: 'it belongs to RPC services' },
  env: list,
  passenv: { ...list, ...given },
  port: {},
  redirect: {},
  bind: given,
  interface: given,
  banner: given,
  banner_success: given,
  banner_fail: given,
  mdns: { leftOut: 'we announce nothing' },
  rlimit_as: {},
  rlimit_cpu: {},
  rlimit_data: {},
  rlimit_rss: {},
  rlimit_stack: {},
  rlimit_files: {},
  deny_time: {},
  v6only: given,
  enabled: { ...list, ...given },
  disabled: { ...list, ...given },
};

/** The attributes of a section by name, lists put together. */
export interface Settings {
  /** null: not given. An empty list is given, without values. */
  values(name: string): readonly string[] | null;
  first(name: string): string | null;
  /** Given by the section itself, not by `defaults`. */
  isOwn(name: string): boolean;
  readonly remarks: readonly string[];
}

/** A section's own attributes on top of those of `defaults`. */
export function settle(section: Section, defaults: Section | null): Settings {
  const known = new Map<string, readonly string[]>();
  const remarks: string[] = [];
  const apply = ({ name, operator, values }: Attribute): void => {
    // One attribute with two names.
    const key = name === 'interface' ? 'bind' : name;
    const before = known.get(key) ?? [];
    if (operator === '=') known.set(key, values);
    else if (operator === '+=') known.set(key, [...before, ...values]);
    else
      known.set(
        key,
        before.filter((value) => !values.includes(value)),
      );
  };
  for (const attribute of defaults?.attributes ?? []) {
    if (attributeKinds[attribute.name]?.isDefault === true && section.service !== null) apply(attribute);
  }
  const seen = new Set<string>();
  for (const attribute of section.attributes) {
    const { name, operator, line } = attribute;
    const kind = Object.hasOwn(attributeKinds, name) ? attributeKinds[name] : undefined;
    if (kind === undefined)
      remarks.push(`line ${line}: xinetd has no attribute "${name}"${suggestion(name, Object.keys(attributeKinds))}`);
    else if (kind.leftOut !== undefined) remarks.push(`left out: ${name}, because ${kind.leftOut}`);
    // A list that is given twice with "=" adds up, once it is the section's own.
    else if (kind.isList === true && operator === '=' && seen.has(name)) apply({ ...attribute, operator: '+=' });
    else apply(attribute);
    seen.add(name);
  }
  return {
    values: (name) => known.get(name) ?? null,
    first: (name) => known.get(name)?.[0] ?? null,
    isOwn: (name) => seen.has(name),
    remarks,
  };
}
