// What certain devices need. Data only: whoever behaves differently for one asks for the habit, never for the device.

export interface Quirks {
  /** "\" stands between folders, a drive's letter before them, and "*.*" for everything. */
  readonly hasWindowsPaths: boolean;
  /** Listings are sent in Latin-1, which is also what is read where it is no UTF-8. */
  readonly readsLatin1: boolean;
  /** Spaces around paths are none of theirs. */
  readonly trimsPaths: boolean;
  /** Whatever TYPE asks for that is not done is taken for binary. */
  readonly anyTypeIsBinary: boolean;
  /** Folders that CWD and STOR need are made. */
  readonly makesFolders: boolean;
  /** MKD of a folder that is there already went well. */
  readonly mayMakeTwice: boolean;
  /** A data connection's end is the file's end, even if the control connection has ended with it. */
  readonly leavesEarly: boolean;
}

const none: Quirks = {
  hasWindowsPaths: false,
  readsLatin1: false,
  trimsPaths: false,
  anyTypeIsBinary: false,
  makesFolders: false,
  mayMakeTwice: false,
  leavesEarly: false,
};

/** By the names that the option takes. */
export const quirkProfiles = {
  lexmark: { trimsPaths: true, anyTypeIsBinary: true },
  reolink: { mayMakeTwice: true, makesFolders: true },
  hikvision: { trimsPaths: true, mayMakeTwice: true, makesFolders: true, leavesEarly: true },
  'windows-ce': { hasWindowsPaths: true, readsLatin1: true, trimsPaths: true },
} as const satisfies Readonly<Record<string, Partial<Quirks>>>;

export type QuirkProfile = keyof typeof quirkProfiles;

export const quirkNames = Object.keys(quirkProfiles) as [QuirkProfile, ...QuirkProfile[]];

/** All habits of all the devices that a service is for. */
export function quirksOf(profiles: readonly QuirkProfile[]): Quirks {
  return Object.assign({ ...none }, ...profiles.map((name) => quirkProfiles[name])) as Quirks;
}
