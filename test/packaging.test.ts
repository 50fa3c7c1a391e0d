import { execFileSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';
import { parse, parseAllDocuments } from 'yaml';

import { loadConfig } from '../src/config/load.ts';
import { services } from '../src/services/index.ts';
import { listFiles, root } from './support/source-tree.ts';

// What packagers and administrators get beside the program.

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  readonly files: readonly string[];
  readonly bin: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

t.test('the package holds what it promises', async (t) => {
  for (const file of manifest.files) {
    // Made by the build.
    if (file === 'dist') continue;
    t.ok(statSync(join(root, file)), file);
  }
  t.doesNotThrow(() => accessSync(join(root, manifest.bin['portico'] ?? ''), constants.X_OK));
});

t.test('the unit file', async (t) => {
  const unit = read('systemd/portico.service');
  t.test('says what systemd has to know', async (t) => {
    // A systemd before 253 does not know the second, and goes on with the first.
    t.match(unit, /^Type=notify\nType=notify-reload$/m);
    t.match(unit, /^WatchdogSec=\d+s$/m);
    const [, start] = /^ExecStart=(\/\S+\/portico) run -c \/etc\/portico\/daemon\.config\.yaml$/m.exec(unit) ?? [];
    // A reload that fails has to be told: a signal would tell nobody.
    const [, reload] = /^ExecReload=(\/\S+\/portico) reload -c \/etc\/portico\/daemon\.config\.yaml$/m.exec(unit) ?? [];
    t.match([start, reload], [/^\//, start ?? '']);
    t.match(unit, /^ReloadSignal=SIGCONT$/m);
    for (const folder of ['State', 'Runtime', 'Logs']) t.match(unit, new RegExp(`^${folder}Directory=portico$`, 'm'));
  });
  t.test('lets a worker be ended by the kernel without ending everything', async (t) => {
    t.match(unit, /^OOMPolicy=continue$/m);
    t.match(unit, /^KillMode=mixed$/m);
  });
  t.test('waits longer than a drain lasts', async (t) => {
    const plan = await loadConfig(join(root, 'daemon.config.yaml'), { types: services, env: {} });
    const seconds = Number(/^TimeoutStopSec=(\d+)s$/m.exec(unit)?.[1]);
    t.ok(seconds * 1000 > plan.daemon.drain + 10_000);
  });
  t.test('leaves little of the system open', async (t) => {
    if (systemdVersion() === null) return t.plan(0, 'not installed: systemd-analyze');
    const file = join(root, 'systemd/portico.service');
    // In tenths: at most 1.5.
    const args = ['security', '--offline=true', '--no-pager', '--threshold=15', file];
    t.doesNotThrow(() => execFileSync('systemd-analyze', args, { stdio: 'pipe' }));
  });
  t.test('lets a master that is root make the folders of others', async (t) => {
    // Without these the spool of a service with a `user:` cannot be made: its folders have bits of sets (2770).
    const [, dropIn = ''] = /^#   \[Service\]\n((?:#   .*\n)+)/m.exec(unit) ?? [];
    for (const right of ['SETUID', 'SETGID', 'CHOWN', 'FOWNER', 'FSETID'])
      t.match(dropIn, new RegExp(`^#   CapabilityBoundingSet=.*\\bCAP_${right}\\b`, 'm'));
    t.match(dropIn, /^#   RestrictSUIDSGID=no$/m);
  });
  t.test('its user and its folders can be made', async (t) => {
    if (systemdVersion() === null) return t.plan(0, 'not installed: systemd');
    const folder = mkdtempSync(join(tmpdir(), 'portico-root-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'etc'));
    const options = { stdio: 'pipe' } as const;
    execFileSync('systemd-sysusers', [`--root=${folder}`, join(root, 'systemd/portico.sysusers.conf')], options);
    t.match(readFileSync(join(folder, 'etc/passwd'), 'utf8'), /^portico:[^:]*:\d+:\d+:Portico:\/var\/lib\/portico:/m);
    if (process.getuid?.() !== 0) return t.comment('owners can be set by root only');
    const tmpfiles = join(root, 'systemd/portico.tmpfiles.conf');
    execFileSync('systemd-tmpfiles', ['--create', `--root=${folder}`, tmpfiles], options);
    for (const name of ['run', 'var/lib', 'var/log']) t.ok(statSync(join(folder, name, 'portico')).isDirectory());
  });
  t.test('is understood by systemd', async (t) => {
    if (systemdVersion() === null) return t.plan(0, 'not installed: systemd');
    const folder = mkdtempSync(join(tmpdir(), 'portico-unit-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    // The program need not be installed for this.
    writeFileSync(join(folder, 'portico.service'), unit.replaceAll(/^(Exec\w+)=\S+/gm, '$1=/bin/true'));
    writeFileSync(join(folder, 'portico.socket'), read('systemd/portico.socket'));
    const files = ['portico.service', 'portico.socket'].map((file) => join(folder, file));
    t.doesNotThrow(() => execFileSync('systemd-analyze', ['verify', ...files], { stdio: 'pipe' }));
  });
});

t.test('the container image', async (t) => {
  const steps = read('Dockerfile');
  t.test('has the Node.js that the checkout has', async (t) => {
    const images = [...steps.matchAll(/^FROM node:(\d+\.\d+\.\d+)-slim/gm)].map(([, version]) => version);
    const wanted = manifest.devDependencies['node']?.replace('^', '');
    t.same([...new Set(images)], [wanted]);
  });
  t.test('copies only what the build may see', async (t) => {
    const seen = new Set([...read('.dockerignore').matchAll(/^!(\S+)$/gm)].map(([, file = '']) => file));
    const copies = [...steps.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) => files.split(' '));
    t.same([...new Set(copies)].sort(), [...seen].sort());
  });
  t.test('publishes ports that its configuration listens on', async (t) => {
    const plan = await loadConfig(join(root, 'examples/container.yaml'), { types: services, env: {} });
    const addresses = [...plan.services.flatMap(({ listen }) => listen), ...(plan.admin === null ? [] : [plan.admin])];
    const listening = addresses.map(({ port, kind }) => `${port}/${kind}`).sort();
    const compose = parse(read('compose.yaml')) as { services: { portico: { ports: string[] } } };
    const published = compose.services.portico.ports.map((port) => port.replace(/^127\.0\.0\.1:\d+:/, ''));
    const exposed = /^EXPOSE (.+)$/m.exec(steps)?.[1]?.split(' ');
    t.same([...published].sort(), listening);
    t.same(exposed?.sort(), listening);
  });
});

t.test('what CI runs can be run', async (t) => {
  t.doesNotThrow(() => accessSync(join(root, '.ci/run'), constants.X_OK));
  t.doesNotThrow(() => execFileSync('bash', ['-n', join(root, '.ci/run')]));
});

t.test('examples bring no state along', async (t) => {
  // What is served to peers as it is.
  const served = ['boot/', 'hole/', 'plans/'];
  const named = /^(?:[\w-]+\/)*[\w-]+(?:\.test)?\.(?:yaml|ts|sh|html)$/;
  t.same(
    listFiles('examples').filter((file) => !served.some((folder) => file.startsWith(folder)) && !named.test(file)),
    [],
  );
});

t.test('every YAML file that is deployed can be read', async (t) => {
  for (const file of listFiles('deploy').filter((name) => /\.ya?ml$/.test(name)))
    t.doesNotThrow(() => parseAllDocuments(read(`deploy/${file}`)).map((document) => document.toJS() as unknown), file);
});

t.test('in Kubernetes', async (t) => {
  const objects = parseAllDocuments(read('deploy/kubernetes/portico.yaml')).map(
    (document) => document.toJS() as KubernetesObject,
  );
  t.same(
    objects.map(({ kind }) => kind),
    ['ConfigMap', 'StatefulSet', 'Service', 'Service'],
  );
  const file = join(
    t.testdir({ 'daemon.config.yaml': objects[0]?.data?.['daemon.config.yaml'] ?? '' }),
    'daemon.config.yaml',
  );
  const plan = await loadConfig(file, { types: services, env: {} });
  const pod = objects[1]?.spec?.template?.spec;
  t.ok(
    (pod?.terminationGracePeriodSeconds ?? 0) * 1000 > plan.daemon.drain + 10_000,
    'a drain is shorter than the patience',
  );
  const ports = pod?.containers[0]?.ports.map(({ containerPort }) => containerPort);
  t.same(ports, [...plan.services.map(({ listen }) => listen[0]?.port), plan.admin?.port]);
  t.match(plan.services[0]?.listen[0]?.proxyProtocol, ['10.0.0.0/8']);
});

interface KubernetesObject {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly template?: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly { readonly ports: readonly { readonly containerPort: number }[] }[];
      };
    };
  };
}

function systemdVersion(): number | null {
  try {
    const text = execFileSync('systemd-analyze', ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number(/^systemd (\d+)/.exec(text)?.[1]);
  } catch {
    return null;
  }
}
