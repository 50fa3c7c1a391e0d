import t from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { needPrograms, runPeer } from '../support/peers.ts';

t.test('promtool and curl on the metrics', async (t) => {
  const programs = needPrograms(t, 'promtool', 'curl', 'nc');
  if (programs === null) return;
  const { promtool, curl, nc } = programs;
  const daemon = await startDaemon(
    t,
    `
daemon: { workers: 2 }
admin: { listen: tcp://127.0.0.1:0 }
services:
  echo: { listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0] }
  closed: { type: echo, listen: tcp://127.0.0.1:0, access: { deny: [127.0.0.1] } }
`,
  );
  const [tcp, udp, closed] = await Promise.all([daemon.port('echo', 0), daemon.port('echo', 1), daemon.port('closed')]);
  await runPeer(t, [nc, '-N', '127.0.0.1', String(tcp)], { input: 'hello\n' });
  await runPeer(t, [nc, '-u', '-W', '1', '127.0.0.1', String(udp)], { input: 'datagram\n' });
  await runPeer(t, [nc, '-N', '127.0.0.1', String(closed)]);
  await daemon.line(({ event }) => event === 'session.end');
  await daemon.line(({ event }) => event === 'session.refused');
  const { admin } = await daemon.status();
  const url = (admin ?? '').replace('tcp:', 'http:');

  const { stdout: metrics, stderr } = await runPeer(t, [curl, '-sS', '--fail', `${url}/metrics`]);
  t.equal(stderr, '');
  await t.test('promtool finds nothing to say', async (t) => {
    t.match(await runPeer(t, [promtool, 'check', 'metrics'], { input: metrics }), { code: 0, stdout: '', stderr: '' });
  });
  await t.test('they count what happened', async (t) => {
    for (const line of [
      'portico_sessions_total{service="echo"} 1',
      'portico_sessions_active{service="echo"} 0',
      'portico_sessions_refused_total{service="closed",reason="access"} 1',
      'portico_session_seconds_count{service="echo"} 1',
      'portico_bytes_total{service="echo",direction="in"} 15',
      'portico_bytes_total{service="echo",direction="out"} 15',
      'portico_datagrams_total{service="echo",direction="in"} 1',
      'portico_workers 2',
      'portico_worker_restarts_total 0',
      'portico_config_generation 1',
    ]) {
      t.ok(metrics.split('\n').includes(line), line);
    }
  });
  await t.test('curl finds the daemon healthy and ready', async (t) => {
    for (const path of ['healthz', 'readyz']) {
      const { stdout } = await runPeer(t, [curl, '-sS', '-o', '/dev/null', '-w', '%{http_code}', `${url}/${path}`]);
      t.equal(stdout, '200', path);
    }
  });
});
