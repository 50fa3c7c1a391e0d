import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { exportsValues, folderOf, listFiles, readSourceTree, root, type SourceFile } from './support/source-tree.ts';

/** Who may import whom: the table in docs/ARCHITECTURE.md is this one. */
const allowedImports: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  wire: ['contract'],
  system: ['contract'],
  logging: ['contract', 'wire', 'system'],
  store: ['contract', 'wire', 'system'],
  accounts: ['contract', 'wire', 'system'],
  certificates: ['contract', 'wire', 'system'],
  deliveries: ['contract', 'wire', 'system'],
  files: ['contract', 'wire', 'system'],
  config: ['contract', 'wire', 'system', 'certificates', 'deliveries'],
  import: ['contract', 'wire', 'system', 'config'],
  listeners: ['contract', 'wire', 'system'],
  services: ['contract', 'wire'],
  client: ['contract', 'wire'],
  admin: ['contract', 'logging'],
  registry: ['contract', 'wire', 'system', 'logging', 'store', 'accounts', 'certificates'],
  worker: [
    'contract',
    'wire',
    'system',
    'logging',
    'store',
    'accounts',
    'certificates',
    'deliveries',
    'files',
    'config',
    'listeners',
    'services',
    'admin',
    'registry',
  ],
  master: [
    'contract',
    'wire',
    'system',
    'logging',
    'store',
    'accounts',
    'certificates',
    'deliveries',
    'files',
    'config',
    'listeners',
    'services',
    'admin',
    'registry',
    'worker',
  ],
  embedded: ['contract', 'system', 'config', 'services', 'worker', 'master'],
  doctor: ['contract', 'wire', 'system', 'config', 'certificates'],
  cli: ['contract', 'config', 'accounts', 'import', 'doctor'],
};

/** The two files that stand in no folder: one names the parts of the program, one is what modules of others import. */
const topFiles: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['contract', 'config', 'services', 'worker', 'master', 'cli'],
  'index.ts': ['contract', 'client', 'embedded'],
};

/** Modules with which a file could go past a folder's task, and who may have them. */
const reservedModules: Readonly<Record<string, readonly string[]>> = {
  'node:child_process': ['system/', 'master/'],
  'node:ffi': ['system/ffi.ts', 'system/libc.ts'],
  'node:http': [
    'admin/',
    'certificates/acme/exchange.ts',
    'client/',
    'deliveries/targets/webhook/',
    'services/http/',
    'worker/acme-module.ts',
  ],
  'node:sqlite': ['store/', 'accounts/'],
  'node:cluster': [],
  'node:worker_threads': ['system/crypt.ts', 'system/crypt-thread.ts'],
  'node:vm': [],
  pino: ['logging/'],
  'node-forge': ['certificates/der.ts'],
  ssh2: ['services/sftp/'],
  saxes: ['wire/xmlrpc/'],
  'smtp-server': ['services/smtp/'],
  yaml: ['config/', 'cli/find-runtime.ts', 'embedded/', 'import/output.ts'],
  '@prometheus-io/client': ['admin/', 'worker/admin-module.ts'],
};

/** Where sockets are opened for others to come to, or bound. */
const socketMakers: readonly (readonly [pattern: RegExp, files: readonly string[]])[] = [
  // The control socket is the owner's alone; servers of HTTP and SSH are fed with accepted connections and never listen.
  [
    /\bcreateServer\(|\bnew (?:\w+\.)?Server\(/,
    [
      'listeners/data-port.ts',
      'listeners/stream.ts',
      'master/control.ts',
      'admin/index.ts',
      'services/http/server.ts',
      'services/sftp/service.ts',
      'worker/acme-module.ts',
    ],
  ],
  [/\.listen\(/, ['listeners/data-port.ts', 'listeners/stream.ts', 'master/control.ts', 'system/sockets.ts']],
  // The doctor only tries whether it could.
  [/\bnew (?:\w+\.)?BoundSocket\(/, ['doctor/ports.ts', 'master/sockets.ts']],
  // Those beside the listener only send, or are connected to one address, or are closed as soon as they are bound.
  [
    /\bcreateSocket\(/,
    [
      'listeners/datagram.ts',
      'logging/links/datagram.ts',
      'services/forward/association.ts',
      'services/tftp/own-link.ts',
      'system/datagram-port.ts',
    ],
  ],
  [/\bnew (?:\w+\.)?TLSSocket\(/, ['listeners/tls.ts']],
];

const maxLines = 300;

/** Longer, and why. */
const longFiles: Readonly<Record<string, string>> = {};

/** Files without a test of the same name, by the test that goes through them. Files that hold nothing but types need none. */
const testedBy: Readonly<Record<string, readonly string[]>> = {
  'cli/new-service.test.ts': ['cli/service-templates.ts'],
  'embedded/create-daemon.test.ts': ['embedded/in-process-worker.ts'],
  'store/queue.test.ts': ['contract/queue.ts', 'store/queue-orders.ts', 'store/queue-rows.ts'],
  'files/fault.test.ts': ['contract/tree.ts'],
  'deliveries/spool/sweep.test.ts': ['deliveries/spool/spool-folder.ts'],
  'deliveries/shared-file.test.ts': ['wire/no-links.ts'],
  'deliveries/targets/webhook/index.test.ts': [
    'deliveries/targets/webhook/body.ts',
    'deliveries/targets/webhook/send.ts',
    'deliveries/targets/webhook/options.ts',
  ],
  'deliveries/targets/smtp/index.test.ts': [
    'deliveries/targets/smtp/options.ts',
    'deliveries/targets/smtp/session.ts',
    'deliveries/targets/smtp/compose.ts',
  ],
  'deliveries/targets/sftp/index.test.ts': ['deliveries/targets/sftp/options.ts', 'deliveries/targets/sftp/upload.ts'],
  'deliveries/targets/maildir/index.test.ts': ['deliveries/targets/maildir/options.ts'],
  'deliveries/targets/directory/index.test.ts': ['deliveries/targets/directory/options.ts'],
  'deliveries/targets/command/index.test.ts': ['deliveries/targets/command/options.ts'],
  'config/deliveries.test.ts': ['config/delivery-frame.ts'],
  'services/http/module/index.test.ts': ['app-of', 'options', 'send-response'].map(
    (file) => `services/http/module/${file}.ts`,
  ),
  'services/http/upload/index.test.ts': ['answer', 'incoming', 'options', 'receive-body'].map(
    (file) => `services/http/upload/${file}.ts`,
  ),
  'services/http/upload/directory-desk.test.ts': ['contract/delivery.ts', 'services/http/upload/directory-draft.ts'],
  'accounts/sources.test.ts': ['accounts/typical-password.ts'],
  'accounts/sqlite-source.test.ts': ['accounts/database.ts', 'accounts/database-rows.ts'],
  'admin/index.test.ts': ['admin/page.ts', 'admin/routes.ts'],
  'certificates/x509.test.ts': ['extensions', 'key', 'signed'].map((file) => `certificates/${file}.ts`),
  'certificates/pair.test.ts': ['certificate-error', 'pem-contents'].map((file) => `certificates/${file}.ts`),
  'certificates/pkcs12.test.ts': ['certificates/pkcs12-mac-key.ts'],
  'certificates/acme/client.test.ts': ['acme-error', 'challenges', 'nonces', 'order', 'transport'].map(
    (file) => `certificates/acme/${file}.ts`,
  ),
  'cli/portico.test.ts': ['main.ts', 'cli/terminal.ts'],
  'cli/command-line.test.ts': ['cli/commands.ts', 'cli/help.ts'],
  'cli/status.test.ts': ['cli/render-status.ts'],
  'cli/deliveries.test.ts': ['cli/render-deliveries.ts'],
  'cli/hash-password.test.ts': ['cli/hash-from-input.ts'],
  'cli/user.test.ts': ['cli/account-editor.ts'],
  'config/accounts-file.test.ts': ['config/account-secrets.ts', 'config/account-shape.ts'],
  'config/edit-accounts.test.ts': ['config/account-splice.ts'],
  'config/htpasswd.test.ts': ['config/htpasswd-editor.ts'],
  'config/load.test.ts': ['frame', 'issues', 'reader', 'service-frame', 'source', 'tree'].map(
    (file) => `config/${file}.ts`,
  ),
  'config/schema.test.ts': ['config/json-schema.ts'],
  'config/services.test.ts': ['config/shape.ts'],
  'config/mistakes.test.ts': ['contract/errors.ts'],
  'import/index.test.ts': ['import/machine.ts'],
  'import/output.test.ts': ['import/draft.ts', 'import/remarks.ts'],
  'import/systemd/convert.test.ts': ['import/systemd/guard.ts', 'import/systemd/program.ts'],
  'import/xinetd/convert.test.ts': ['guard', 'limits', 'logging', 'program'].map((file) => `import/xinetd/${file}.ts`),
  'services/echo.test.ts': ['contract/index.ts', 'contract/endpoint.ts', 'contract/service.ts'],
  'listeners/session.test.ts': ['listeners/socket-handle.ts'],
  'listeners/data-connection.test.ts': [
    ...['connect', 'receive-directly', 'receive-stream', 'receive-tls', 'receiving'].map(
      (part) => `listeners/data-${part}.ts`,
    ),
    'listeners/receive-buffers.ts',
  ],
  'services/ftp/data/channel.test.ts': ['services/ftp/data/index.ts'],
  'services/ftp/transfer/send-file.test.ts': ['index', 'output', 'transfer'].map(
    (file) => `services/ftp/transfer/${file}.ts`,
  ),
  'logging/logging.test.ts': ['contract/logger.ts', 'logging/logger.ts'],
  'logging/counters.test.ts': ['logging/metric-store.ts', 'logging/metrics.ts', 'logging/service-tally.ts'],
  'services/chat/index.test.ts': ['commands', 'conversation', 'options'].map((file) => `services/chat/${file}.ts`),
  'services/chat/hub.test.ts': ['events', 'others', 'people'].map((file) => `services/chat/${file}.ts`),
  'services/exec/index.test.ts': ['options', 'relay-program', 'serve-session'].map(
    (file) => `services/exec/${file}.ts`,
  ),
  'services/exec/turn.test.ts': ['services/exec/pause.ts'],
  'services/forward/associations.test.ts': ['services/forward/association.ts'],
  'services/forward/check.test.ts': ['services/forward/options.ts'],
  'client/xmlrpc-client.test.ts': ['client/post.ts'],
  'services/http/xmlrpc/index.test.ts': ['answer-xml', 'invoke', 'options', 'read-body'].map(
    (file) => `services/http/xmlrpc/${file}.ts`,
  ),
  'wire/xmlrpc/call.test.ts': ['builder', 'grammar', 'limits', 'reader'].map((file) => `wire/xmlrpc/${file}.ts`),
  'services/xmlrpc.test.ts': ['contract/rpc.ts'],
  'services/http/index.test.ts': ['services/http/trial-request.ts'],
  'services/http/server.test.ts': ['connection', 'exchange'].map((file) => `services/http/${file}.ts`),
  'services/http/service.test.ts': ['body', 'errors', 'metrics', 'route'].map((file) => `services/http/${file}.ts`),
  'services/http/options.test.ts': ['services/http/route-kinds.ts'],
  'services/http/cgi/index.test.ts': [
    ...['end-program', 'find-script', 'options', 'run-script', 'start-script'].map(
      (file) => `services/http/cgi/${file}.ts`,
    ),
    ...['document', 'env-option', 'feed', 'relay-output', 'relay-raw', 'request-body', 'search-path', 'spool'].map(
      (file) => `services/http/gateway/${file}.ts`,
    ),
  ],
  'services/http/fastcgi/index.test.ts': [
    'backend-route',
    'connections',
    'fastcgi-call',
    'options',
    'scgi-call',
    'socket-writer',
  ].map((file) => `services/http/fastcgi/${file}.ts`),
  'services/http/files/index.test.ts': ['listing', 'media-type', 'open-inside', 'options', 'send'].map(
    (file) => `services/http/files/${file}.ts`,
  ),
  'services/ftp/index.test.ts': ['commands/index', 'dialogue', 'options', 'service'].map(
    (file) => `services/ftp/${file}.ts`,
  ),
  'services/ftp/commands/transfers.test.ts': ['begin-transfer', 'files/make-folders', 'take-file', 'unique-name'].map(
    (file) => `services/ftp/${file}.ts`,
  ),
  'services/ftp/commands/listings.test.ts': ['services/ftp/listing/send-listing.ts'],
  'services/ftp/commands/login.test.ts': ['files/open-files', 'replies', 'watch'].map(
    (file) => `services/ftp/${file}.ts`,
  ),
  'services/ftp/files/file-system.test.ts': ['adaptor', 'foreign-draft', 'foreign-error'].map(
    (file) => `services/ftp/files/${file}.ts`,
  ),
  'services/ftp/grammar/parse-command.test.ts': ['services/ftp/grammar/phrases.ts'],
  'services/pop3/index.test.ts': [
    'authorization',
    'capabilities',
    'entrance',
    'reply',
    'send-message',
    'service',
    'transaction',
  ].map((file) => `services/pop3/${file}.ts`),
  'services/pop3/maildrop.test.ts': [
    'services/pop3/maildir.ts',
    'services/pop3/message-sizes.ts',
    'services/mailbox/in-parallel.ts',
    'services/mailbox/maildir-files.ts',
  ],
  'services/imap/index.test.ts': [
    ...['arrive', 'capabilities', 'next-command', 'out', 'service'].map((file) => `services/imap/${file}.ts`),
    ...['ending', 'login-rules'].map((file) => `services/mailbox/${file}.ts`),
  ],
  'services/imap/visit.test.ts': [
    'change-mailboxes',
    'change-messages',
    'copy-messages',
    'fetch',
    'select',
    'send-section',
    'status',
    'view',
    'message-name',
    'talk',
  ].map((file) => `services/imap/${file}.ts`),
  'services/imap/append.test.ts': ['services/imap/line-feeds.ts'],
  'services/imap/folder.test.ts': ['services/imap/place-files.ts'],
  'services/imap/mail-store.test.ts': ['measure-store', 'write-whole'].map((file) => `services/imap/${file}.ts`),
  'services/imap/grammar.test.ts': ['cursor', 'fetch-items', 'list-options', 'search-keys'].map(
    (file) => `services/imap/${file}.ts`,
  ),
  'services/imap/search.test.ts': ['match-message', 'search-text'].map((file) => `services/imap/${file}.ts`),
  'services/imap/scan-entities.test.ts': ['entity', 'describe-entity', 'section-range'].map(
    (file) => `services/imap/${file}.ts`,
  ),
  'services/imap/addresses.test.ts': ['services/imap/nstring.ts'],
  'services/tftp/index.test.ts': [
    'answer-to',
    'options',
    'own-link',
    'receive-file',
    'send-file',
    'service',
    'transfer',
    'transfer-error',
    'transfers',
  ].map((file) => `services/tftp/${file}.ts`),
  'services/gopher/index.test.ts': [
    'folder-items',
    'item',
    'options',
    'redirect-page',
    'searches',
    'send-text',
    'service',
    'small-file',
  ].map((file) => `services/gopher/${file}.ts`),
  'services/finger/index.test.ts': ['plan-text', 'service'].map((file) => `services/finger/${file}.ts`),
  'master/service-folder.test.ts': ['contract/service-folder.ts'],
  'services/sftp/index.test.ts': [
    'conversation',
    'files',
    'options',
    'perform',
    'reading',
    'service',
    'set-attributes',
    'sftp-channel',
    'upload',
  ].map((file) => `services/sftp/${file}.ts`),
  'peers/sftp.test.ts': ['abandon-all', 'scp/serve-scp', 'scp/sink', 'scp/source', 'scp/wire'].map(
    (file) => `services/sftp/${file}.ts`,
  ),
  'services/sftp/packets/request.test.ts': ['attributes', 'constants', 'cursor'].map(
    (file) => `services/sftp/packets/${file}.ts`,
  ),
  'services/smtp/service.test.ts': ['conversation', 'receive', 'reply'].map((file) => `services/smtp/${file}.ts`),
  'services/syslog/index.test.ts': ['deliver-batch', 'outlets', 'service'].map((file) => `services/syslog/${file}.ts`),
  'wire/syslog-parse.test.ts': ['wire/syslog-rfc3164.ts'],
  'system/crypt.test.ts': ['crypt-thread', 'ffi', 'libcrypt'].map((file) => `system/${file}.ts`),
  'system/devlog.test.ts': ['datagram', 'logger', 'stream'].map((kind) => `system/devlog-${kind}.ts`),
  'system/libc.test.ts': ['constants', 'libc-signatures', 'quietly'].map((file) => `system/${file}.ts`),
  'system/sockets.test.ts': ['socket-address', 'system-error'].map((file) => `system/${file}.ts`),
  'system/spawn.test.ts': [
    'error-output',
    'find-program',
    'kill-group',
    'late-output',
    'null-device',
    'pipe',
    'posix-spawn',
    'spawn-libc',
    'spawn-node',
    'word-block',
  ].map((file) => `system/${file}.ts`),
  'daemon/start.test.ts': ['worker/main.ts', 'worker/admin-module.ts', 'master/run.ts', 'master/master.ts'],
};

const sources = readSourceTree('src');
const tests = readSourceTree('test');

t.test('every folder stands in the table, and every row is a folder', async (t) => {
  const folders = new Set(sources.map(({ path }) => folderOf(path)));
  t.same([...folders].sort(), [...Object.keys(allowedImports), ...Object.keys(topFiles)].sort());
});

t.test('folders import only what the table allows', async (t) => {
  const rules = { ...allowedImports, ...topFiles };
  const wrong = sources.flatMap(({ path, imports }) => {
    const own = folderOf(path);
    const strangers = imports.filter((to) => folderOf(to) !== own && rules[own]?.includes(folderOf(to)) !== true);
    return strangers.map((to) => `${path} imports ${to}`);
  });
  t.same(wrong, []);
});

t.test('the table has no cycle', async (t) => {
  t.same(findCycle(allowedImports), null);
});

t.test('files have no cycle of values', async (t) => {
  const graph = Object.fromEntries(sources.map((file) => [file.path, file.valueImports]));
  t.same(findCycle(graph), null);
});

t.test('the architecture page shows the same table', async (t) => {
  const page = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| ([^|]+) \|$/gm)].map(([, folder = '', may = '']) => [
    folder,
    [...may.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  ]);
  t.same(Object.fromEntries(rows), allowedImports);
});

t.test('services never import each other', async (t) => {
  // Two are an http service with one route.
  const shorthands = ['cgi.ts', 'xmlrpc.ts'];
  const part = (path: string): string => {
    const name = path.split('/')[1] ?? '';
    return shorthands.includes(name) ? 'http' : name;
  };
  const wrong = sources
    .filter(({ path }) => path.startsWith('services/') && path !== 'services/index.ts')
    .flatMap(({ path, imports }) =>
      imports
        // What several need of mailboxes is none of them.
        .filter((to) => to.startsWith('services/') && part(to) !== part(path) && part(to) !== 'mailbox')
        .map((to) => `${path} imports ${to}`),
    );
  t.same(wrong, []);
});

t.test('only src/services/index.ts lists the services', async (t) => {
  const index = sources.find(({ path }) => path === 'services/index.ts');
  const modules = sources
    .map(({ path }) => path)
    .filter((path) => /^services\/[^/]+(?:\/index)?\.ts$/.test(path) && path !== 'services/index.ts');
  const listed = index?.imports.filter((path) => path.startsWith('services/')) ?? [];
  t.same([...listed].sort(), modules.sort());
});

t.test('some modules are for some folders only', async (t) => {
  const wrong = sources.flatMap(({ path, packages }) =>
    packages
      .filter((name) => reservedModules[name]?.some((start) => path.startsWith(start)) === false)
      .map((name) => `${path} imports ${name}`),
  );
  t.same(wrong, []);
});

t.test('every package that is imported is a dependency, and the other way round', async (t) => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object };
  const imported = new Set(sources.flatMap(({ packages }) => packages).filter((name) => !name.startsWith('node:')));
  t.same([...imported].sort(), Object.keys(manifest.dependencies).sort());
});

t.test('sockets are made where the house says', async (t) => {
  for (const [pattern, files] of socketMakers) {
    const makers = sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
    t.same(makers.sort(), [...files].sort(), String(pattern));
  }
});

t.test('only the entries end the process, and the master after a fault of ours', async (t) => {
  const enders = sources.filter(({ text }) => /\bprocess\.exit\(/.test(text)).map(({ path }) => path);
  t.same(enders, ['main.ts', 'master/master.ts', 'worker/main.ts']);
});

t.test('nobody writes past the log', async (t) => {
  const writers = sources.filter(({ text }) => /\bconsole\.\w+\(/.test(text)).map(({ path }) => path);
  t.same(writers, []);
});

t.test('every file has a test of the same name, or says which one goes through it', async (t) => {
  const named = new Set(tests.map(({ path }) => path));
  const excepted = Object.values(testedBy).flat();
  const isTested = (path: string): boolean => named.has(path.replace(/\.ts$/, '.test.ts'));
  const untested = sources.filter((file) => !isTested(file.path) && exportsValues(file)).map(({ path }) => path);
  t.same(
    untested.filter((path) => !excepted.includes(path)),
    [],
    'no file without a test',
  );
  t.same(excepted.filter(isTested), [], 'no exception that is not needed');
});

t.test('the tests that are named there do go through those files', async (t) => {
  for (const [path, files] of Object.entries(testedBy)) {
    const test = tests.find((file) => file.path === path);
    if (test === undefined) {
      t.fail(`there is no test/${path}`);
      continue;
    }
    // Those that start the program reach everything that it imports.
    const isWhole = /launchDaemon|startDaemon|bin\/portico/.test(test.text);
    const reached = reachedFrom(isWhole ? ['main.ts', 'worker/main.ts'] : importsOfTest(test));
    t.same(
      files.filter((file) => !reached.has(file)),
      [],
      path,
    );
  }
});

t.test('every test of that kind has its file', async (t) => {
  const folders = new Set(Object.keys(allowedImports));
  // The executable is plain JavaScript, for releases of Node that know nothing else.
  const others = ['cli/portico.ts'];
  const orphans = tests
    .filter(({ path }) => folders.has(folderOf(path)) && path.endsWith('.test.ts'))
    .map(({ path }) => path.replace(/\.test\.ts$/, '.ts'))
    .filter((path) => !existsSync(join(root, 'src', path)));
  t.same(orphans, others);
});

t.test(`no file is longer than ${maxLines} lines`, async (t) => {
  const lengths = sources.map(({ path, text }) => [path, text.trimEnd().split('\n').length] as const);
  const long = lengths.filter(([, lines]) => lines > maxLines).map(([path]) => path);
  t.same(long, Object.keys(longFiles));
  const sorted = lengths.map(([, lines]) => lines).sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  t.comment(`lines per file: median ${at(0.5)}, 95th percentile ${at(0.95)}, largest ${at(1)}`);
});

t.test('nothing is left to do, and nothing tells of the machine it was written on', async (t) => {
  // Put together here, or this file would be the first to be found.
  const words = [
    ['TO', 'DO'],
    ['FIX', 'ME'],
    ['XX', 'X'],
    ['/wor', 'k/'],
    ['/tmp/', 'bash'],
  ];
  const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'Dockerfile', 'compose.yaml', 'daemon.config.yaml'];
  const folders = ['src', 'test', 'bench', 'chaos', 'bin', 'docs', 'examples', 'scripts', 'systemd'];
  const files = [...folders.flatMap((folder) => listFiles(folder).map((path) => `${folder}/${path}`)), ...pages].filter(
    (path) => existsSync(join(root, path)),
  );
  const found = files.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return words.map((word) => word.join('')).flatMap((word) => (text.includes(word) ? [`${path}: ${word}`] : []));
  });
  t.same(found, []);
});

/** Files under src that a test imports, by itself or through its helpers. */
function importsOfTest(test: SourceFile, seen = new Set<SourceFile>()): string[] {
  seen.add(test);
  const helpers = tests.filter((file) => test.imports.includes(file.path) && !seen.has(file));
  const own = test.imports.filter((to) => to.startsWith('../src/')).map((to) => to.slice('../src/'.length));
  return [...own, ...helpers.flatMap((helper) => importsOfTest(helper, seen))];
}

function reachedFrom(starts: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>(starts);
  for (const path of reached) {
    for (const to of sources.find((file) => file.path === path)?.imports ?? []) reached.add(to);
  }
  return reached;
}

/** The first cycle found, as a list of names; null when there is none. */
function findCycle(graph: Readonly<Record<string, readonly string[]>>): readonly string[] | null {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): readonly string[] | null => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return null;
    for (const next of graph[name] ?? []) {
      const cycle = visit(next, [...way, name]);
      if (cycle !== null) return cycle;
    }
    done.add(name);
    return null;
  };
  for (const name of Object.keys(graph)) {
    const cycle = visit(name, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
