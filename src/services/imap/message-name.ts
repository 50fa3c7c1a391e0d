import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

import { octetsInName } from '../mailbox/maildir-name.ts';

let count = 0;

// What may not stand in a name is written as its octal number.
const machine = hostname().replaceAll('/', '\\057').replaceAll(':', '\\072').replaceAll(',', '\\054') || 'localhost';

/** A name that no message has (cr.yp.to/proto/maildir.html), without sizes. */
export function newUnique(): string {
  count += 1;
  const seconds = Math.floor(Date.now() / 1000);
  return `${seconds}.P${process.pid}Q${count}R${randomBytes(6).toString('hex')}.${machine}`;
}

/** Whether it may be one of those. */
export function isOurUnique(name: string): boolean {
  return /^\d+\.P\d+Q\d+R[\da-f]{12}\./.test(name);
}

/** With the sizes of a file (S) and of its text (W), as Maildir++ has them. */
export function withSizes(unique: string, fileBytes: number, octets: number): string {
  return `${unique},S=${fileBytes},W=${octets}`;
}

/** Of another file with the same text: its sizes, as far as its name tells them. */
export function withSizesOf(unique: string, name: string): string {
  const [, fileBytes] = /,S=(\d{1,15})(?=[,:]|$)/.exec(name) ?? [];
  const octets = octetsInName(name);
  return fileBytes === undefined || octets === null ? unique : withSizes(unique, Number(fileBytes), octets);
}
