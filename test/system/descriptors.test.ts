import { closeSync, openSync, readlinkSync, readdirSync } from 'node:fs';
import t from 'tap';

import { descriptorPair, receiveDescriptor, sendDescriptor, streamPair } from '../../src/system/descriptors.ts';
import { libc } from '../../src/system/libc.ts';
import { flagsOf } from './descriptor-flags.ts';

const options = { skip: libc === null ? 'no node:ffi' : false };

t.test('a descriptor goes through with its text', options, (t) => {
  const [here, there] = descriptorPair();
  t.equal(flagsOf(here) & 0o2004000, 0o2004000, 'closed on exec, non-blocking');
  t.equal(receiveDescriptor(there), null, 'nothing waits');
  const file = openSync('/dev/null', 'r');
  sendDescriptor(here, file, '/var/log/übung.log');
  sendDescriptor(here, file, '');
  closeSync(file);
  const first = receiveDescriptor(there)!;
  t.equal(first.text, '/var/log/übung.log');
  t.equal(readlinkSync(`/proc/self/fd/${first.fd}`), '/dev/null');
  t.equal(flagsOf(first.fd) & 0o2000000, 0o2000000, 'closed on exec');
  const second = receiveDescriptor(there)!;
  t.equal(second.text, '');
  t.equal(receiveDescriptor(there), null);
  for (const fd of [here, there, first.fd, second.fd]) closeSync(fd);
  t.end();
});

t.test('text has 4096 bytes at the most', options, (t) => {
  const [here, there] = descriptorPair();
  sendDescriptor(here, 0, 'x'.repeat(4096));
  t.throws(() => sendDescriptor(here, 0, 'x'.repeat(4097)), { message: 'text of 4097 bytes: expected at most 4096' });
  const received = receiveDescriptor(there)!;
  t.equal(received.text.length, 4096);
  for (const fd of [here, there, received.fd]) closeSync(fd);
  t.end();
});

t.test('a side that is gone is an error for both directions', options, (t) => {
  const [here, there] = descriptorPair();
  closeSync(here);
  t.throws(() => receiveDescriptor(there), { code: 'EPIPE' });
  t.throws(() => sendDescriptor(there, 0, ''), { code: 'EPIPE' });
  closeSync(there);
  t.throws(() => sendDescriptor(there, 0, ''), { code: 'EBADF' });
  t.end();
});

t.test('a full socket says EAGAIN', options, (t) => {
  const [here, there] = descriptorPair();
  t.throws(
    () => {
      for (;;) sendDescriptor(here, 0, 'x');
    },
    { code: 'EAGAIN' },
  );
  closeSync(here);
  closeSync(there);
  t.end();
});

t.test('a thousand round trips leave no descriptor behind', options, (t) => {
  const [here, there] = descriptorPair();
  const before = readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 1000; i++) {
    sendDescriptor(here, 0, `number ${i}`);
    const received = receiveDescriptor(there)!;
    if (received.text !== `number ${i}`) t.fail(received.text);
    closeSync(received.fd);
  }
  t.equal(readdirSync('/proc/self/fd').length, before);
  closeSync(here);
  closeSync(there);
  t.end();
});

t.test('stream pairs are closed on exec as well', options, (t) => {
  const pair = streamPair();
  for (const fd of pair) {
    t.equal(flagsOf(fd) & 0o2004000, 0o2004000);
    closeSync(fd);
  }
  t.end();
});

t.test('says what is missing without node:ffi', { skip: libc !== null }, (t) => {
  t.throws(() => descriptorPair(), { message: /^making a socket pair needs node:ffi/ });
  t.end();
});
