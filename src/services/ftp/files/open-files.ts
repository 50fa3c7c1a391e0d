import type { Account, Permission } from '../../../contract/account.ts';
import type { ServiceContext } from '../../../contract/service.ts';
import { accountRoot } from '../../../wire/account-root.ts';
import type { House } from '../dialogue.ts';
import type { FtpOptions } from '../options.ts';
import { loadFileSystem } from './file-system.ts';

type Context = Pick<ServiceContext, 'openTree' | 'loadModule'>;

const looking: readonly Permission[] = ['list', 'read'];
const adding: readonly Permission[] = ['list', 'read', 'write', 'mkdir'];

/** How a session comes to its files: the account's folder, everybody's, or a file system of the operator's own. */
export async function openFilesOf(options: FtpOptions, context: Context): Promise<House['openFiles']> {
  const { file_system: module, anonymous } = options;
  const openOwn = module === undefined ? null : await loadFileSystem(module, context);
  return async (session, isAnonymous) => {
    const permissions = isAnonymous ? anonymousPermissions(options) : accountPermissions(options, session.account);
    const root = isAnonymous ? (anonymous?.root ?? '') : accountRoot(options.root, session.account);
    const order = { root, permissions, maxFileSize: options.max_file_size ?? null };
    if (openOwn !== null) return { permissions, files: await openOwn(session, order) };
    const quota = isAnonymous ? null : (session.account?.quota ?? null);
    return { permissions, files: await context.openTree(session, { ...order, quota, syncs: options.sync }) };
  };
}

function anonymousPermissions({ anonymous, write }: FtpOptions): readonly Permission[] {
  return anonymous?.write === true && write ? adding : looking;
}

function accountPermissions({ write }: FtpOptions, account: Account | null): readonly Permission[] {
  const given = account?.permissions ?? [];
  return write ? given : given.filter((permission) => looking.includes(permission));
}
