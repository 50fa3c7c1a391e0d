import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Test } from 'tap';

/** Where a database may be made, in a folder of its own that every user can enter. */
export function scratchFile(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'portico-store-'));
  chmodSync(folder, 0o755);
  t.teardown(() => {
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true, force: true });
  });
  return join(folder, 'portico.db');
}
