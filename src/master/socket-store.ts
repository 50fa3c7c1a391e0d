import { storedName } from '../system/inherit.ts';
import { forgetDescriptor, storeDescriptor } from '../system/notify.ts';

/** Where sockets outlive this process. */
export interface SocketStore {
  keep(fd: number, name: string): void;
  forget(name: string): void;
}

/** The service manager's: a restart of the whole daemon leaves sockets open, and who connects meanwhile waits. */
export const serviceManagerStore: SocketStore = {
  keep(fd, name) {
    const stored = storedName(name);
    if (stored !== null) storeDescriptor(fd, stored);
  },
  forget(name) {
    const stored = storedName(name);
    if (stored !== null) forgetDescriptor(stored);
  },
};
