import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';
import { parse } from 'yaml';

import { metrics } from '../src/logging/metrics.ts';
import { needProgram } from './support/peers.ts';
import { root } from './support/source-tree.ts';

// What Prometheus and Grafana get from deploy/.

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const dashboard = JSON.parse(read('deploy/grafana/dashboards/portico.json')) as {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
};
const { panels } = dashboard;
const alerts = (
  parse(read('deploy/prometheus/alerts.yml')) as {
    groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
  }
).groups.flatMap(({ rules }) => rules);

/** Labels of each metric that there is; Prometheus adds its own two. */
const labelsOf = new Map<string, readonly string[]>([
  ...Object.values(metrics).map(({ name, labelNames = [] }) => [name, labelNames] as const),
  ['portico_session_seconds_bucket', ['service', 'le']],
  ['portico_http_requests_total', ['service', 'route', 'code']],
  ['process_resident_memory_bytes', []],
  ['up', []],
]);

t.test('the dashboard', async (t) => {
  t.test('is one that Grafana takes', async (t) => {
    t.match(dashboard, { uid: 'portico', schemaVersion: 39 });
    t.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { targets } of panels)
      t.same(
        targets.map(({ refId }) => refId),
        ['A', 'B', 'C'].slice(0, targets.length),
      );
  });
  t.test('asks the source of data that Grafana is given', async (t) => {
    const { datasources } = parse(read('deploy/grafana/provisioning/datasources/prometheus.yml')) as {
      datasources: { type: string; uid: string }[];
    };
    const given = datasources.map(({ type, uid }) => ({ type, uid }));
    for (const { title, datasource } of panels) t.same([datasource], given, title);
  });
  t.test('has no panel over another or outside', async (t) => {
    const places = panels.flatMap(({ title, gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => ({ title, x: x + (at % w), y: y + Math.floor(at / w) })),
    );
    t.equal(new Set(places.map(({ x, y }) => `${x} ${y}`)).size, places.length);
    t.same(
      places.filter(({ x }) => x > 23),
      [],
    );
  });
  t.test('is in the folder that Grafana looks into', async (t) => {
    const compose = parse(read('deploy/compose.monitoring.yaml')) as {
      services: Record<string, { volumes: string[] } | undefined>;
    };
    const { providers } = parse(read('deploy/grafana/provisioning/dashboards/portico.yml')) as {
      providers: { options: { path: string } }[];
    };
    t.ok(compose.services['grafana']?.volumes.includes(`./deploy/grafana/dashboards:${providers[0]?.options.path}:ro`));
    t.ok(compose.services['prometheus']?.volumes.includes('./deploy/prometheus:/etc/prometheus:ro'));
  });
  t.test('does not count who only asks for metrics', async (t) => {
    // The listener of the metrics is a service as well, with sessions of its own.
    const all = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const ofServices = all.filter((expr) => /portico_(?:sessions|session|bytes|datagrams|auth|items)_/.test(expr));
    t.equal(ofServices.length, 9);
    for (const expr of ofServices) t.match(expr, '{service!~"@.*"}');
  });
});

t.test('what is asked for can be found', async (t) => {
  const asked = [
    ...panels.flatMap(({ title, targets }) =>
      targets.map(({ expr, legendFormat }) => ({ title, expr, labels: namedLabels(expr, legendFormat) })),
    ),
    ...alerts.map(({ alert, expr, annotations }) => ({
      title: alert,
      expr,
      labels: namedLabels(expr, annotations.summary),
    })),
  ];
  t.ok(asked.length > 25);
  for (const { title, expr, labels } of asked) {
    const names = new Set(expr.match(/\b(?:portico_\w+|process_\w+|up)\b/g));
    t.ok(names.size > 0, title);
    for (const name of names) {
      const known = [...(labelsOf.get(name) ?? []), 'job', 'instance'];
      t.ok(labelsOf.has(name), `${title}: ${name}`);
      t.same(
        labels.filter((label) => !known.includes(label)),
        [],
        `${title}: labels of ${name}`,
      );
    }
  }
});

t.test('Prometheus understands it', async (t) => {
  const promtool = needProgram(t, 'promtool');
  if (promtool === null) return;
  const run = (...words: string[]): Buffer => execFileSync(promtool, words, { stdio: 'pipe' });
  t.test('the configuration and the alerts', async (t) => {
    t.doesNotThrow(() => run('check', 'config', '--syntax-only', join(root, 'deploy/prometheus/prometheus.yml')));
    t.doesNotThrow(() =>
      run('check', 'rules', '--lint=all', '--lint-fatal', join(root, 'deploy/prometheus/alerts.yml')),
    );
  });
  t.test('every query of the dashboard', async (t) => {
    const rules = panels.flatMap(({ id, targets }) =>
      targets.map(({ expr }) => ({ record: `panel:${id}`, expr: expr.replaceAll('$__rate_interval', '1m') })),
    );
    const file = join(t.testdir(), 'rules.yml');
    // Every JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    t.doesNotThrow(() => run('check', 'rules', file));
  });
  t.test('each alert comes when it should, and only then', async (t) => {
    t.doesNotThrow(() => run('test', 'rules', join(root, 'deploy/prometheus/alerts.test.yml')));
  });
});

t.test('no alert is untested: each is expected somewhere, and is silent on an ordinary day', async (t) => {
  const { tests } = parse(read('deploy/prometheus/alerts.test.yml')) as {
    tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
  };
  const names = alerts.map(({ alert }) => alert).sort();
  const [ordinary = [], ...others] = tests.map((one) => one.alert_rule_test);
  t.same(ordinary.map(({ alertname }) => alertname).sort(), names);
  t.ok(ordinary.every(({ exp_alerts: expected }) => expected.length === 0));
  const seen = others.flat().filter(({ exp_alerts: expected }) => expected.length > 0);
  t.same([...new Set(seen.map(({ alertname }) => alertname))].sort(), names);
});

/** Labels that a query names, and those of the text for people. */
function namedLabels(expr: string, text: string): string[] {
  const selected = [...expr.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label);
  const grouped = [...expr.matchAll(/\bby \(([^)]+)\)/g)].flatMap(([, list = '']) => list.split(', '));
  const shown = [...text.matchAll(/\{\{ ?(?:\$labels\.)?(\w+) ?\}\}/g)].map(([, label = '']) => label);
  return [...new Set([...selected, ...grouped, ...shown])];
}
