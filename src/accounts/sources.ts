import type { AccountRecord, AccountSource } from '../contract/account.ts';
import { createTypicalPassword } from './typical-password.ts';

/** Accounts that are all known. Of two with one name, or one mail address, the first counts. */
export function createListSource(records: readonly AccountRecord[]): AccountSource {
  const byName = new Map<string, AccountRecord>();
  const byMail = new Map<string, AccountRecord>();
  for (const record of records) {
    if (byName.has(record.name)) continue;
    byName.set(record.name, record);
    for (const address of record.mail) {
      const key = address.toLowerCase();
      if (!byMail.has(key)) byMail.set(key, record);
    }
  }
  const typical = createTypicalPassword([...byName.values()].map(({ password }) => password));
  return {
    find: (name) => Promise.resolve(byName.get(name) ?? null),
    findByMail: (address) => Promise.resolve(byMail.get(address.toLowerCase()) ?? null),
    typicalPassword: () => Promise.resolve(typical),
    close() {},
  };
}

/** Several sources as one. An account hides those of the same name in the sources after its own. */
export function combineSources(sources: readonly AccountSource[]): AccountSource {
  async function first<T>(ask: (source: AccountSource) => Promise<T | null> | undefined): Promise<T | null> {
    for (const source of sources) {
      const found = await ask(source);
      if (found !== null && found !== undefined) return found;
    }
    return null;
  }
  return {
    find: (name) => first((source) => source.find(name)),
    async findByMail(address) {
      for (const [index, source] of sources.entries()) {
        const found = await source.findByMail(address);
        if (found === null) continue;
        if ((await combineSources(sources.slice(0, index)).find(found.name)) === null) return found;
      }
      return null;
    },
    typicalPassword: () => first((source) => source.typicalPassword?.()),
    close() {
      for (const source of sources) source.close();
    },
  };
}
