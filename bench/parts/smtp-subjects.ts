import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

import { isRoot } from '../machine.ts';
import { porticoHead, porticoSubject } from '../portico-subject.ts';
import { createRoster } from '../roster.ts';
import type { Skipped, Subject } from '../subject.ts';

/** All write what they take into a queue that is synced; then into a Maildir, except for the Postfix that throws it away. */
export function findSmtpSubjects(): { present: Subject[]; absent: Skipped[] } {
  const { present, absent, add } = createRoster();
  present.push(portico(1), portico(2));
  add((program) => postfix(program, 'virtual'), 'postfix', isRoot ? null : 'needs root');
  add((program) => postfix(program, 'discard'), 'postfix', isRoot ? null : 'needs root');
  return { present, absent };
}

function portico(workers: number): Subject {
  return porticoSubject(
    workers === 1 ? 'portico' : `portico, ${workers} workers`,
    ['smtp'],
    (port) => `
${porticoHead(workers)}
deliveries:
  archive: { type: maildir, path: ./var/archive }
services:
  smtp:
    listen: tcp://127.0.0.1:${port('smtp')}
    hostname: bench.example
    recipients: ["*@bench.example"]
    max_messages: 1000000
    deliver: [archive]
`,
  );
}

/** An instance of its own, with queue and mailbox in its folder, without what a machine's Postfix looks up. */
function postfix(program: string, transport: 'virtual' | 'discard'): Subject {
  return {
    name: transport === 'virtual' ? 'postfix' : 'postfix, mail thrown away',
    services: ['smtp'],
    sources: 1,
    command: (_port, folder) => [program, '-c', join(folder, 'etc'), 'start-fg'],
    files: (port, folder) => ({ 'main.cf': mainCf(folder, transport), 'master.cf': masterCf(port('smtp')) }),
    prepare(folder) {
      const etc = join(folder, 'etc');
      fs.mkdirSync(etc, { recursive: true, mode: 0o755 });
      for (const name of ['main.cf', 'master.cf']) fs.renameSync(join(folder, name), join(etc, name));
      for (const [name, owner] of Object.entries({ queue: 'root', data: 'postfix', mail: 'nobody' })) {
        fs.mkdirSync(join(folder, name), { recursive: true, mode: 0o755 });
        spawnSync('chown', [owner, join(folder, name)]);
      }
      // It makes the folders of the queue.
      spawnSync(program, ['-c', etc, 'check']);
    },
  };
}

function mainCf(folder: string, transport: string): string {
  return `compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.bench.example
mydestination = bench.example
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
local_transport = ${transport}
default_transport = discard
relay_transport = discard
virtual_mailbox_base = ${folder}/mail
virtual_mailbox_maps = static:archive/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
default_process_limit = 100
disable_dns_lookups = yes
smtpd_peername_lookup = no
in_flow_delay = 0
maillog_file =
syslog_name = portico-bench
`;
}

function masterCf(port: number): string {
  return `127.0.0.1:${port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
virtual unix - n n - - virtual
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
`;
}
