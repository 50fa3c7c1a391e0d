import type { TargetModule } from '../../contract/item.ts';

/** The kinds of deliveries, by name; each is loaded when a delivery is of that kind. */
export const targetTypes: ReadonlyMap<string, () => Promise<TargetModule>> = new Map<
  string,
  () => Promise<TargetModule>
>(
  Object.entries({
    directory: async () => (await import('./directory/index.ts')).default,
    maildir: async () => (await import('./maildir/index.ts')).default,
    command: async () => (await import('./command/index.ts')).default,
    webhook: async () => (await import('./webhook/index.ts')).default,
    sftp: async () => (await import('./sftp/index.ts')).default,
    smtp: async () => (await import('./smtp/index.ts')).default,
  } satisfies Record<string, () => Promise<TargetModule>>),
);

/** null: there is none of that name. */
export async function loadTarget(type: string): Promise<TargetModule | null> {
  return (await targetTypes.get(type)?.()) ?? null;
}
