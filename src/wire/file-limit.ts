import { TreeError } from '../contract/tree.ts';

export interface Limits {
  readonly maxFileSize: number | null;
  readonly account: { readonly name: string; readonly quota: number | null } | null;
}

/** Which limit a file is past, by the name that it has in the configuration; null: none. */
export function limitOf(error: unknown, { maxFileSize, account }: Limits): string | null {
  if (!(error instanceof TreeError)) return null;
  if (error.fault === 'quota')
    return `the quota of ${account?.name ?? 'nobody'} is spent: ${account?.quota ?? 0} bytes`;
  if (error.fault !== 'too-large') return null;
  return maxFileSize === null
    ? 'the disk takes no file of that size'
    : `larger than max_file_size: ${maxFileSize} bytes`;
}
