import t from 'tap';

import { load } from './harness.ts';

const deliveries = 'deliveries:\n  archive: { type: maildir, path: x }\n';

t.test('services name deliveries that there are', async (t) => {
  const mistakesOf = async (service: string, env = {}) =>
    load(t, {
      files: { 'c.yaml': `${deliveries}services:\n  echo: { listen: tcp://127.0.0.1:2007, ${service} }\n` },
      env,
    });
  t.match(await mistakesOf('deliver: [archive]'), { services: [{ deliver: ['archive'] }] });
  t.strictSame(await mistakesOf('deliver: [archve, archive, archive, other]'), [
    'c.yaml:4:51: services.echo.deliver[0]: there is no delivery called "archve", did you mean "archive"?',
    'c.yaml:4:68: services.echo.deliver[2]: expected each delivery once, got "archive" again',
    'c.yaml:4:77: services.echo.deliver[3]: there is no delivery called "other"',
  ]);
  t.strictSame(await mistakesOf('deliver: ["${SECRET}"]', { SECRET: 'archve' }), [
    'c.yaml:4:51: services.echo.deliver[0]: there is no delivery called "…"',
  ]);
});

t.test('routes of http services do so as well', async (t) => {
  const text = `${deliveries}services:\n  web:\n    type: echo\n    listen: tcp://127.0.0.1:2007\n    routes: { /a: { deliver: [archve] } }\n`;
  const mistakes = await load(t, { files: { 'c.yaml': text } });
  t.match(mistakes, [
    'c.yaml:7:5: services.web.routes: unknown key "routes"',
    /^c\.yaml:7:31: services\.web\.routes\.\/a\.deliver\[0\]: there is no delivery called "archve", did you mean "archive"\?$/,
  ]);
});

t.test('deliveries name services that there are', async (t) => {
  const text =
    'deliveries:\n  a: { type: maildir, path: x, when: { service: [ech] } }\nservices:\n  echo: { listen: tcp://127.0.0.1:2007 }\n';
  t.strictSame(await load(t, { files: { 'c.yaml': text } }), [
    'c.yaml:2:50: deliveries.a.when.service[0]: there is no service called "ech", did you mean "echo"?',
  ]);
});

t.test('where a file is missing, what is not there may stand in it', async (t) => {
  const text = 'include: [missing.yaml]\nservices:\n  echo: { listen: tcp://127.0.0.1:2007, deliver: [archive] }\n';
  t.match(await load(t, { files: { 'c.yaml': text } }), [/missing\.yaml/]);
});
