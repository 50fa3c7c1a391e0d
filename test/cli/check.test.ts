import t from 'tap';

import type { Plan } from '../../src/contract/plan.ts';
import { ConfigError } from '../../src/contract/errors.ts';
import { daemonPlan, deliveryPlan, listenPlan, plan, servicePlan } from '../support/plans.ts';
import { createFakeHouse, createFakeTerminal, mistake, portico } from './fakes.ts';

const state = plan({ daemon: daemonPlan({ state: '/nonexistent' }) });

const fine = (services: number) =>
  createFakeHouse({
    loadConfig: () =>
      Promise.resolve({ ...state, services: Array.from({ length: services }, () => ({})) } as unknown as Plan),
  });
const wrong = createFakeHouse({ loadConfig: () => Promise.reject(new ConfigError([mistake])) });

t.test('a configuration that is fine', async (t) => {
  t.same(await portico(['check', '-c', 'a.yaml'], createFakeTerminal(), fine(2)), {
    code: 0,
    out: 'a.yaml: fine, 2 services\n',
    err: '',
  });
  t.match(await portico(['check', '-c', 'a.yaml'], createFakeTerminal(), fine(1)), {
    out: 'a.yaml: fine, 1 service\n',
  });
  const { code, out } = await portico(['check', '-c', 'a.yaml', '--json'], createFakeTerminal(), fine(2));
  t.equal(code, 0);
  t.same(JSON.parse(out), { mistakes: [], warnings: [] });
});

t.test('mistakes: excerpts on stderr, 78', async (t) => {
  t.same(await portico(['check', '-c', 'a.yaml'], createFakeTerminal(), wrong), {
    code: 78,
    out: '',
    err: `rendered: ${mistake.message}\n`,
  });
});

t.test('mistakes with --json: JSON on stdout, 78', async (t) => {
  const { code, out, err } = await portico(['check', '--json', '-c', 'a.yaml'], createFakeTerminal(), wrong);
  t.equal(code, 78);
  t.equal(err, '');
  t.same(JSON.parse(out), {
    mistakes: [
      {
        file: 'daemon.config.yaml',
        line: 3,
        column: 5,
        path: 'services.echo.lisen',
        message: 'unknown key "lisen", did you mean "listen"?',
      },
    ],
    warnings: [],
  });
});

t.test('messages name the file as it was written', async (t) => {
  let asked = '';
  const house = createFakeHouse({
    loadConfig(file) {
      asked = file;
      return Promise.reject(new ConfigError([mistake]));
    },
  });
  await portico(['check', '-c', './conf/../a.yaml'], createFakeTerminal(), house);
  t.equal(asked, './conf/../a.yaml');
});

t.test('what is missing or broken beside the configuration', async (t) => {
  const folder = t.testdir({ ca: { 'ca.pem': 'broken' } });
  const plan = (more: object) =>
    createFakeHouse({ loadConfig: () => Promise.resolve({ ...state, services: [], ...more } as unknown as Plan) });
  const typo = plan({ accounts: [{ kind: 'file', path: '/nonexistent/acounts.yaml' }] });
  t.same(await portico(['check', '-c', 'a.yaml'], createFakeTerminal(), typo), {
    code: 0,
    out: 'a.yaml: fine, 0 services\n',
    err: 'a.yaml: warning: there is no file /nonexistent/acounts.yaml yet: it holds no accounts\n',
  });
  const broken = plan({ certificates: { default: { kind: 'self_signed' } }, daemon: daemonPlan({ state: folder }) });
  t.match(await portico(['check', '-c', 'a.yaml'], createFakeTerminal(), broken), {
    code: 78,
    out: '',
    err: /^a\.yaml: \S+\/ca\/ca\.pem cannot be read /,
  });
});

t.test('what can never work, and what is not there, is warned of', async (t) => {
  const plan = {
    ...state,
    services: [
      servicePlan({ name: 'mail', type: 'pop3', listen: [listenPlan('tcp://127.0.0.1:2110')] }),
      servicePlan({ name: 'math', type: 'xmlrpc', options: { methods: { math: './math.ts' } }, base: '/nonexistent' }),
    ],
    deliveries: { office: deliveryPlan({ type: 'sftp', options: { key: './key' }, base: '/nonexistent' }) },
  } as unknown as Plan;
  const house = createFakeHouse({ loadConfig: () => Promise.resolve(plan) });
  const { code, out, err } = await portico(['check', '-c', 'a.yaml'], createFakeTerminal(), house);
  t.match({ code, out }, { code: 0, out: 'a.yaml: fine, 2 services\n' });
  t.same(err.split('\n'), [
    'a.yaml: warning: services.mail: nobody can log in, as there are no accounts: add accounts: ./accounts.yaml',
    'a.yaml: warning: /nonexistent/math.ts of the service math does not exist',
    'a.yaml: warning: /nonexistent/key of the delivery office does not exist',
    '',
  ]);
});
