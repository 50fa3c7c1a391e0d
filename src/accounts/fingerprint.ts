import { createHash } from 'node:crypto';

/** "SHA256:…", as ssh-keygen -l shows it. `key`: "TYPE BASE64". */
export function fingerprintOf(key: string): string {
  const blob = Buffer.from(key.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
