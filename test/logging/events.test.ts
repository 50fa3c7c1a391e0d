import t from 'tap';

import { events, eventNames } from '../../src/logging/events.ts';

t.test('the events that others rely on are there, with their severities', async (t) => {
  const promised = {
    'session.start': 'info',
    'session.end': 'info',
    'session.refused': 'notice',
    'auth.ok': 'info',
    'auth.failed': 'notice',
    'item.received': 'info',
    'delivery.done': 'info',
    'delivery.retry': 'notice',
    'delivery.failed': 'err',
    'service.up': 'notice',
    'service.failed': 'err',
    'worker.start': 'notice',
    'worker.exit': 'warning',
    'config.loaded': 'notice',
    'config.rejected': 'err',
    'certificate.renewed': 'notice',
  } as const;
  for (const [name, severity] of Object.entries(promised)) {
    t.equal(events[name as keyof typeof promised].severity, severity, name);
  }
});

t.test('every event fits into an RFC 5424 MSGID and has its words', async (t) => {
  for (const name of eventNames) {
    t.match(name, /^[a-z]+\.[a-z]+$/);
    t.ok(name.length <= 32, `${name} is not too long`);
    t.match(events[name].about, /^[A-Z`].*\.$/, `${name} is explained in a sentence`);
    t.match(events[name].message, /^[a-z].*[a-z]$/, `${name} has a message`);
  }
});
