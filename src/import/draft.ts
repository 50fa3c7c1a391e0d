/** A place in a file that is imported, and what stands there. */
export interface Source {
  /** As messages show it. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** One line, for a comment. */
  readonly text: string;
}

export interface Remark {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface ListenDraft {
  /** As our configuration writes it: "tcp://*:21". */
  readonly address: string;
  readonly mode?: string;
  readonly broadcast?: boolean;
  readonly multicast?: readonly string[];
}

export interface AccessDraft {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly hours?: readonly string[];
}

/** A service on its way from another superserver's words to ours. The converters fill it; nothing of it is checked yet. */
export interface Draft {
  readonly source: Source;
  /** The name that is wanted: others may want it too. */
  name: string;
  type: string;
  isEnabled: boolean;
  listen: readonly ListenDraft[];
  user: string | null;
  group: string | null;
  /** Whether its user's groups beside the main one are not its own. */
  hasMainGroupOnly: boolean;
  access: AccessDraft;
  limits: Readonly<Record<string, unknown>>;
  /** Further members, ours by name: banner, sensor, and the options of the type. */
  options: Readonly<Record<string, unknown>>;
  /** What is not as it was. */
  readonly remarks: string[];
}

export function createDraft(source: Source, name: string, type: string): Draft {
  return {
    source,
    name,
    type,
    isEnabled: true,
    listen: [],
    user: null,
    group: null,
    hasMainGroupOnly: false,
    access: {},
    limits: {},
    options: {},
    remarks: [],
  };
}

/** What cannot be a service with us, and why. */
export interface Unconverted {
  readonly source: Source;
  readonly reason: string;
}

/** All that was found in a file or folder, in its order. */
export interface Imported {
  readonly entries: readonly (Draft | Unconverted)[];
  /** About the whole. */
  readonly remarks: readonly Remark[];
  /** Sections beside `services`. */
  readonly sections?: Readonly<Record<string, unknown>>;
}

export function isDraft(entry: Draft | Unconverted): entry is Draft {
  return 'type' in entry;
}
