import type { Severity } from '../contract/logger.ts';

export interface EventKind {
  readonly severity: Severity;
  /** What stands as `message` in the line, unless the event brings its own. */
  readonly message: string;
  /** One sentence for the documentation: when it happens, what it carries. */
  readonly about: string;
}

const kind = (severity: Severity, message: string, about: string): EventKind => ({ severity, message, about });

/** Everything that can happen, by name: log lines and metrics are what it looks like to those who listen. */
export const events = {
  'session.start': kind(
    'info',
    'session started',
    'A connection was admitted and given to its service; with TLS, its version (`tls`) and the `subject` of the certificate that the peer gave. Of the admin listener, this and the end have the severity debug.',
  ),
  'session.end': kind('info', 'session ended', 'A session is over: `duration` in seconds, `bytes`, and the `reason`.'),
  'session.refused': kind(
    'notice',
    'session refused',
    'A connection or datagram was turned away; `reason` says by which rule, and where that is not all, `detail` what went wrong. With `count` the line stands for so many of one reason, `peer` being the last: always for datagrams (one line a second and reason), for connections past 20 lines a second.',
  ),
  'auth.ok': kind('info', 'peer authenticated', 'A peer proved to be `account`.'),
  'auth.failed': kind(
    'notice',
    'authentication failed',
    'A peer was not let in: `reason` is credentials (they are wrong), service (the account may not use this service) or banned. The peer is told nothing of it.',
  ),
  'tls.legacy': kind(
    'warning',
    'old TLS in use',
    'A peer in `tls.legacy` spoke a version (`tls`) or `cipher` that others are refused.',
  ),
  'peer.error': kind('info', 'peer broke the protocol', 'The other side did something a service could not go on with.'),
  'service.error': kind(
    'err',
    'service failed on a session',
    'A service threw, and the `session` was dropped; over HTTP the peer was told 500, or that its `method` failed.',
  ),
  'item.received': kind('info', 'item received', 'Something was received, and is on disk and acknowledged.'),
  'delivery.done': kind('info', 'item delivered', 'A delivery took an item.'),
  'delivery.retry': kind('notice', 'delivery put off', 'A delivery failed for now and will be tried again.'),
  'delivery.failed': kind('err', 'delivery given up', 'An item stays in the queue until someone decides about it.'),
  'delivery.down': kind(
    'warning',
    'delivery target is down',
    'Several attempts in a row have failed: until `next` nothing is tried, and then one thing at a time. `reason` is that of the last one.',
  ),
  'delivery.up': kind('notice', 'delivery target is up again', 'A target that was taken to be down has answered.'),
  'program.exit': kind(
    'info',
    'program ended',
    'A program ended: `status` or `signal`, and its `duration` in seconds. As a notice where that is no success, and not because it was told to end.',
  ),
  'program.refused': kind(
    'notice',
    'program not started',
    'No program was started for a connection, or for what waits in a socket: `reason` is load (`max_load`).',
  ),
  'program.stderr': kind('info', 'program wrote', 'A line that a program wrote to its standard error.'),
  'http.request': kind(
    'info',
    'request answered',
    'With `access_log`: a request was answered. The message is its line in the combined format; `method`, `path`, `route`, `status`, `bytes`, `duration`, and the `account`.',
  ),
  'http.failed': kind(
    'err',
    'request failed',
    'Something of this machine was in the way of an answer: a program or a backend that gave none or, as a warning, a file that may not be read or run. The message says what; `route`, and the `status` that the peer was told.',
  ),
  'service.up': kind('notice', 'service is up', 'A service listens on its addresses.'),
  'service.failed': kind('err', 'service did not start', 'A service could not be started; `error` says why.'),
  'listener.paused': kind(
    'warning',
    'accepting paused',
    'Descriptors ran out, so nothing is accepted until some are free.',
  ),
  'listener.resumed': kind('notice', 'accepting resumed', 'Descriptors are free again.'),
  'worker.start': kind('notice', 'worker started', 'A worker process began to serve its pool.'),
  'worker.exit': kind('warning', 'worker ended', 'A worker process ended: `status` or `signal`.'),
  'worker.retired': kind('info', 'worker retired', 'A worker ended because it was told to, after its last session.'),
  'worker.crash': kind(
    'crit',
    'worker fails',
    'Something threw where nobody catches it; the worker ends and is replaced.',
  ),
  'worker.broken': kind(
    'crit',
    'worker speaks nonsense',
    'A worker sent the master what it cannot understand; it is ended.',
  ),
  'worker.unresponsive': kind(
    'err',
    'worker does not answer',
    'A worker did not answer the master in time and is replaced.',
  ),
  'worker.memory': kind('err', 'worker grew too large', 'A worker grew past `daemon.memory` and is replaced.'),
  'config.loaded': kind('notice', 'configuration loaded', 'A configuration was read, found right and put into effect.'),
  'config.remark': kind(
    'warning',
    'something to know of the configuration',
    'A configuration is in effect that will not do what is wanted of it, or more: the `reason` says what, as `portico check` does.',
  ),
  'config.rejected': kind(
    'err',
    'configuration rejected',
    'A configuration has mistakes; the one before it stays in effect.',
  ),
  'accounts.loaded': kind('notice', 'accounts loaded', 'An accounts file was read and is in effect.'),
  'accounts.rejected': kind(
    'err',
    'accounts rejected',
    'An accounts file has mistakes; the last good one stays in effect. At the start, and as a warning: a file is not there, or a database cannot be used.',
  ),
  'certificate.renewed': kind(
    'notice',
    'certificate renewed',
    'A `certificate` was renewed and is served from the next handshake on: its `file` and `fingerprint` (SHA-256).',
  ),
  'certificate.issued': kind(
    'notice',
    'certificate issued',
    'The local authority issued a `certificate` at a start or a reload, or, without that member, was made itself: `file` and `fingerprint` (SHA-256).',
  ),
  'certificate.command': kind(
    'err',
    'command failed',
    'The `command` of a new `certificate` failed: `reason`, and the end of its `stderr`. The certificate is served all the same.',
  ),
  'certificate.failed': kind(
    'err',
    'certificate not renewed',
    'A certificate could not be read or renewed; the last one stays.',
  ),
  'source.banned': kind(
    'notice',
    'source banned',
    'A `source` is refused by every service from now on: `reason` is auth_failures, sensor or manual, `until` its end.',
  ),
  'source.unbanned': kind('notice', 'source no longer banned', 'An operator lifted a ban.'),
  'store.failed': kind(
    'err',
    'store cannot be used',
    'The database in `daemon.state` cannot be read or written: bans live in memory only, and ended sessions are not noted down.',
  ),
  'journal.dropped': kind('warning', 'sessions not noted down', '`count` ended sessions are missing in the journal.'),
  'log.failed': kind(
    'err',
    'log output failed',
    'A log output cannot be written; lines are kept for it as long as there is room.',
  ),
  'log.dropped': kind(
    'warning',
    'log lines dropped',
    '`count` lines did not reach an `output` that was down or too slow.',
  ),
  'log.reopened': kind('info', 'log files reopened', 'Log files were opened anew, after a rotation.'),
  'daemon.start': kind('notice', 'daemon started', 'The master is up.'),
  'daemon.stop': kind('notice', 'daemon stopping', 'The master was asked to stop; sessions drain.'),
  'daemon.upgrade': kind('notice', 'daemon upgrading', 'The master re-executes the program on disk.'),
  'daemon.crash': kind(
    'crit',
    'daemon fails',
    'Something threw in the master where nobody catches it; the daemon ends.',
  ),
  'upgrade.failed': kind('err', 'upgrade failed', 'The program on disk does not start; the running one stays.'),
} as const satisfies Readonly<Record<string, EventKind>>;

export type EventName = keyof typeof events;

export const eventNames = Object.keys(events) as readonly EventName[];
