/** What link(2) says on FAT, over some networks, and of folders: there are no hard links here. */
export function hasNoLinks(error: unknown): boolean {
  return codes.has((error as NodeJS.ErrnoException).code ?? '');
}

const codes: ReadonlySet<string> = new Set(['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS']);
