import t from 'tap';

import type { ServiceModule } from '../../src/contract/service.ts';
import { daemonPlan } from '../support/plans.ts';
import { createFakeHouse, createFakeTerminal, portico, status } from './fakes.ts';

const types = new Map([['echo', { trial: () => 'echo hello | nc' } as unknown as ServiceModule]]);

t.test('runs the daemon with the absolute path and ends with its exit code', async (t) => {
  const files: string[] = [];
  const house = createFakeHouse({
    runDaemon({ file }) {
      files.push(file);
      return Promise.resolve(7);
    },
  });
  t.same(await portico(['run', '-c', 'a.yaml'], createFakeTerminal({ directory: '/srv' }), house), {
    code: 7,
    out: '',
    err: '',
  });
  t.same(files, ['/srv/a.yaml']);
});

t.test('shows what to try once the services are up', async (t) => {
  const asked: string[][] = [];
  const house = createFakeHouse({
    services(names = []) {
      asked.push([...names]);
      return Promise.resolve(types);
    },
    async runDaemon({ ready }) {
      ready?.(status, { services: [], certificates: {}, daemon: daemonPlan() });
      await Promise.resolve();
      return 0;
    },
  });
  const { out } = await portico(['run', '-c', '/a.yaml'], createFakeTerminal(), house);
  t.equal(
    out,
    'SERVICE  ADDRESS               TRY\n' +
      'echo     tcp://127.0.0.1:2007  echo hello | nc\n' +
      'echo     udp://127.0.0.1:2007  echo hello | nc\n' +
      'admin    tcp://127.0.0.1:9080  curl http://127.0.0.1:9080/api/status\n\n',
  );
  t.same(asked, [['echo']], 'and loads no other types for it');
});

t.test('writes nothing to stdout under systemd', async (t) => {
  const house = createFakeHouse({
    runDaemon({ ready }) {
      t.equal(ready, undefined);
      return Promise.resolve(0);
    },
  });
  t.match(await portico(['run', '-c', '/a.yaml'], createFakeTerminal({ env: { JOURNAL_STREAM: '8:1' } }), house), {
    out: '',
  });
});
