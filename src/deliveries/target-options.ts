import type { TargetKind } from '../contract/item.ts';
import { commandKind } from './targets/command/options.ts';
import { directoryKind } from './targets/directory/options.ts';
import { maildirKind } from './targets/maildir/options.ts';
import { sftpKind } from './targets/sftp/options.ts';
import { smtpKind } from './targets/smtp/options.ts';
import { webhookKind } from './targets/webhook/options.ts';

/** What the configuration and the documentation have to know of the kinds of deliveries; none of their own code is loaded. */
export const targetKinds: ReadonlyMap<string, TargetKind> = new Map(
  ([directoryKind, maildirKind, commandKind, webhookKind, sftpKind, smtpKind] as readonly TargetKind[]).map((kind) => [
    kind.name,
    kind,
  ]),
);
