import t from 'tap';

import { createDraft, type Draft } from '../../src/import/draft.ts';
import { Placeholder, renderConfiguration } from '../../src/import/output.ts';
import { collectRemarks, renderRemark } from '../../src/import/remarks.ts';

function draft(text: string, more: Partial<Draft>): Draft {
  return Object.assign(createDraft({ file: 'inetd.conf', line: 3, text }, 'a', 'exec'), more);
}

const whole = {
  notes: ['Converted.'],
  remarks: [{ file: 'hosts.deny', line: 1, text: 'not a rule' }],
  entries: [
    { source: { file: 'inetd.conf', line: 1, text: 'rstatd/1-5 …' }, reason: 'it is RPC' },
    draft('a stream', {
      listen: [{ address: 'tcp://*:21' }],
      user: 'nobody',
      options: { command: ['/bin/a', '${HOME}'], umask: '027', banner: new Placeholder('${file:/etc/issue}') },
      access: { allow: ['*.example.com'] },
      remarks: ['something is left out'],
    }),
    draft('echo', { name: 'echo', type: 'echo', isEnabled: false, listen: [{ address: 'unix:/run/a', mode: '0660' }] }),
    { source: { file: 'inetd.conf', line: 9, text: 'evil\nservices: \u001b[2J' }, reason: 'it is nothing' },
  ],
};

t.test('says in comments where each service came from, and what did not', async (t) => {
  t.equal(
    renderConfiguration(whole),
    `# Converted.
# hosts.deny:1: not a rule

services:
  # inetd.conf:1: rstatd/1-5 …
  # ! not converted: it is RPC

  # inetd.conf:3: a stream
  # ! something is left out
  a:
    type: exec
    listen: tcp://*:21
    user: nobody
    command: [ /bin/a, "$\${HOME}" ]
    umask: "027"
    banner: \${file:/etc/issue}
    access: { allow: [ "*.example.com" ] }

  # inetd.conf:3: echo
  echo:
    enabled: false
    listen: { address: unix:/run/a, mode: "0660" }

# inetd.conf:9: evil?services: ?[2J
# ! not converted: it is nothing
`,
  );
});

t.test('where nothing is left, it is still YAML', async (t) => {
  const { entries } = whole;
  t.equal(
    renderConfiguration({ notes: [], remarks: [], entries: entries.slice(0, 1) }),
    'services: {}\n\n# inetd.conf:1: rstatd/1-5 …\n# ! not converted: it is RPC\n',
  );
});

t.test('the same remarks as lines', async (t) => {
  t.same(collectRemarks(whole).map(renderRemark), [
    'hosts.deny:1: not a rule',
    'inetd.conf:1: not converted: it is RPC',
    'inetd.conf:3: a: something is left out',
    'inetd.conf:9: not converted: it is nothing',
  ]);
});

t.test('what is said of several services stands there once', async (t) => {
  const named = (name: string, ...remarks: string[]) => draft(name, { name, remarks });
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const entries = [named('x', 'own'), ...names.map((name) => named(name, '"LOCAL" cannot be refused by us'))];
  const said = (some: typeof entries) => collectRemarks({ entries: some, remarks: [] }).map(renderRemark);
  t.same(said(entries.slice(0, 3)), ['inetd.conf:3: x: own', 'inetd.conf:3: a, b: "LOCAL" cannot be refused by us']);
  t.same(said(entries), [
    'inetd.conf:3: x: own',
    'inetd.conf:3: a, b, c, d, e and 2 more: "LOCAL" cannot be refused by us',
  ]);
});
