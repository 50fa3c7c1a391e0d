import { reasonOf } from '../../../contract/errors.ts';
import { absent, HttpError } from '../route.ts';

/** What a peer is told when a file cannot be had; anything else is thrown on. `user`: who may not, for the log. */
export function fileError(error: unknown, user: string): HttpError {
  switch ((error as NodeJS.ErrnoException | null)?.code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
    case 'ELOOP':
      return absent();
    case 'EACCES':
    case 'EPERM':
      return new HttpError(403, 'This cannot be read.', {}, `${user} may not read it: ${reasonOf(error)}`);
    // A socket, or a device that is not there.
    case 'ENXIO':
    case 'ENODEV':
      return new HttpError(403, 'This is no file.');
    case 'EMFILE':
    case 'ENFILE':
      return new HttpError(503, 'Too much is going on here. Try again later.', { 'Retry-After': '1' });
    default:
      throw error;
  }
}
