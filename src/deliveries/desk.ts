import { join } from 'node:path';

import {
  UnfitNameError,
  type DeliveryDesk,
  type Envelope,
  type LateFacts,
  type Receipt,
} from '../contract/delivery.ts';
import type { MailFacts } from '../contract/item.ts';
import type { NewItem } from '../contract/queue.ts';
import { flawOfFileName } from '../wire/file-name.ts';
import { createBudget } from '../system/budget.ts';
import { createBundles } from './bundle.ts';
import { createSpoolDraft, type Written } from './draft.ts';
import { createGroupCommit } from '../system/group-commit.ts';
import { newItemId } from '../wire/item-id.ts';
import { createPhantomDraft } from './phantom-draft.ts';
import type { SpoolFiles } from './spool/files.ts';
import { ownMark } from '../system/process-mark.ts';
import { createSpace } from '../system/space.ts';
import { draftsFolder, wholeFolder } from './spool/spool-folder.ts';

/** What all desks of a worker share: one folder, one line to the queue. */
export interface Spool {
  /** The desk of one service, whose things go where `deliver` says unless an envelope says otherwise. */
  desk(deliver: readonly string[]): DeliveryDesk;
}

export interface SpoolOptions {
  readonly files: SpoolFiles;
  /** The folder of our user in the spool, and its name there. */
  readonly folder: string;
  readonly folderName: string;
  /** Bytes that stay free. */
  readonly floor: number;
  /** Something was refused because of the floor. */
  refused?(folder: string, freeBytes: number): void;
  /** Resolves when all of them are in the queue, on disk. An UncertainError leaves it open. */
  enqueue(items: readonly NewItem[]): Promise<void>;
  readonly now?: () => number;
}

// Of one question to the registry, in characters of JSON.
const maxQuestion = 1024 ** 2;
// What all drafts of a worker may keep in memory before they write it.
const maxGatheredBytes = 32 * 1024 ** 2;
// Beside texts of at most some hundred characters.
const plainWeight = 2_048;

/**
 * Takes things into the spool. What is acknowledged is on disk: first the file, then its folder, then the queue; drafts that are
 * committed at the same time share the last two, and small ones the file.
 */
export function createSpool(options: SpoolOptions): Spool {
  const { files, folder, folderName, floor, refused, now = Date.now } = options;
  const space = createSpace({ files, folder, floor, refused });
  const syncFolder = createGroupCommit<null>({ run: () => files.syncFolder(wholeFolder(folder)) });
  const bundles = createBundles({ files, folder, syncFolder: () => syncFolder(null), now });
  const budget = createBudget(maxGatheredBytes);
  const enqueue = createGroupCommit<NewItem>({ run: options.enqueue, maxWeight: maxQuestion, weightOf });
  return {
    desk: (ownDeliver) => ({
      async begin(envelope) {
        const { deliver = ownDeliver, mailboxes = [], size } = envelope;
        const id = newItemId(now());
        const name = nameOf(envelope, id);
        if (envelope.mail != null) checkMail(envelope.mail);
        // It stays nowhere: whoever takes it in has a place of its own for it.
        if (deliver.length + mailboxes.length === 0) return createPhantomDraft(id, name);
        // Before the first byte comes; a draft without an announced size is looked at as it grows.
        await space.take(size ?? 0);
        const item = { id, folder: folderName, name, ...factsOf(envelope) };
        return createSpoolDraft({
          files,
          space,
          bundles,
          budget,
          file: id,
          draftPath: join(draftsFolder(folder), `${id}.${ownMark}`),
          wholePath: join(wholeFolder(folder), id),
          announced: size ?? 0,
          syncFolder: () => syncFolder(null),
          async enqueue({ file, offset, size: length, sha256 }: Written, late: LateFacts): Promise<Receipt> {
            const mail = late.mail === undefined ? (envelope.mail ?? null) : late.mail;
            if (mail !== null) checkMail(mail);
            const received = now();
            const facts = { ...item, file, offset, size: length, sha256, received };
            const whole = { ...facts, mail: mail === null ? null : boundedMail(mail) };
            await enqueue({ item: whole, deliveries: deliver, mailboxes });
            return { id, name, size: length, sha256, isReplacement: false };
          },
        });
      },
    }),
  };
}

function nameOf({ name, mail }: Envelope, id: string): string {
  if (mail != null) return `${id}.eml`;
  if (name === null) return id;
  const flaw = flawOfFileName(name);
  if (flaw !== null) throw new UnfitNameError(`expected ${flaw}`);
  return name;
}

function factsOf({ service, session, account, mediaType, mail }: Envelope) {
  const type = mediaType ?? (mail == null ? null : 'message/rfc822');
  return { service, session, account: account?.name ?? null, mediaType: type?.slice(0, maxMediaTypeLength) ?? null };
}

const maxMediaTypeLength = 255;
const maxRecipients = 10_000;
// RFC 5321 4.5.3.1.3: a path has 256 octets; what is internationalized is longer in no sensible case.
const maxAddressLength = 1_024;
const maxSubjectLength = 1_000;

/** Recipients are never cut off: a service takes no more of them. */
function checkMail({ from, to }: MailFacts): void {
  if (to.length > maxRecipients) throw new Error(`a mail to ${to.length} recipients, more than ${maxRecipients}`);
  if ([from, ...to].some(({ length }) => length > maxAddressLength))
    throw new Error(`a mail address of more than ${maxAddressLength} characters`);
}

function boundedMail({ from, to, subject }: MailFacts): MailFacts {
  return { from, to, subject: subject?.slice(0, maxSubjectLength) ?? null };
}

function weightOf({ item, deliveries, mailboxes }: NewItem): number {
  const names = [...deliveries, ...mailboxes, ...(item.mail?.to ?? [])];
  // Escaped, a character can have six.
  return (
    plainWeight + 6 * (item.mail?.subject?.length ?? 0) + names.reduce((sum, { length }) => sum + length * 6 + 3, 0)
  );
}
