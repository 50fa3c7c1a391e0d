import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

import { account } from '../account.ts';
import { isRoot } from '../machine.ts';
import { porticoHead, porticoSubject } from '../portico-subject.ts';
import { createRoster } from '../roster.ts';
import type { Skipped, Subject } from '../subject.ts';

/** `fill` makes the Maildir in a folder. Each has one of its own. */
export function findPop3Subjects(fill: (maildir: string) => void): { present: Subject[]; absent: Skipped[] } {
  const { present, absent, add } = createRoster();
  const mailboxIn = (parent: string): void => {
    const maildir = join(parent, account.name);
    if (fs.existsSync(maildir)) return;
    fill(maildir);
    if (isRoot) spawnSync('chown', ['-R', 'nobody:nogroup', parent]);
  };
  present.push(portico(mailboxIn));
  const isHere = fs.existsSync('/usr/lib/dovecot/pop3');
  const missing = isHere ? null : 'no dovecot-pop3d';
  add((program) => dovecot(program, mailboxIn), 'dovecot', isRoot ? missing : 'needs root');
  return { present, absent };
}

function portico(mailboxIn: (parent: string) => void): Subject {
  return porticoSubject(
    'portico',
    ['pop3'],
    (port) => `
${porticoHead()}
accounts: ./accounts.yaml
services:
  pop3: { listen: "tcp://127.0.0.1:${port('pop3')}" }
`,
    {
      files: () => ({ 'accounts.yaml': `${account.name}: { password: "${account.hash}" }\n` }),
      prepare(folder) {
        fs.mkdirSync(join(folder, 'var'), { recursive: true });
        mailboxIn(join(folder, 'var/mail'));
      },
    },
  );
}

/** With its index files, as it comes. */
function dovecot(program: string, mailboxIn: (parent: string) => void): Subject {
  return {
    name: 'dovecot',
    services: ['pop3'],
    sources: 1,
    command: (_port, folder) => [program, '-F', '-c', join(folder, 'dovecot.conf')],
    files: (port, folder) => ({
      users: `${account.name}:{SHA512-CRYPT}${account.hash}\n`,
      'dovecot.conf': `base_dir = ${folder}/run
state_dir = ${folder}/state
protocols = pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
log_path = ${folder}/dovecot.log
mail_location = maildir:${folder}/mail/%u
first_valid_uid = 1
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${folder}/mail/%u
}
service pop3-login {
  chroot =
  inet_listener pop3 {
    address = 127.0.0.1
    port = ${port('pop3')}
  }
  inet_listener pop3s {
    port = 0
  }
}
service anvil {
  chroot =
}
`,
    }),
    prepare: (folder) => mailboxIn(join(folder, 'mail')),
  };
}
