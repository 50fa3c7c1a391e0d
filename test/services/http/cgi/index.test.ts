import { setImmediate as nextTurn } from 'node:timers/promises';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import t from 'tap';

import { cgiRouteOptions, createCgiRoute } from '../../../../src/services/http/cgi/index.ts';
import { libc } from '../../../../src/system/libc.ts';
import { dial } from '../../../support/dial.ts';
import { serveRoutes } from '../../../support/exchange.ts';
import { ask, plain, stage, variablesOf, writePrograms } from './stage.ts';

// The same dialogues with and without node:ffi.
if (libc !== null)
  t.spawn(
    process.execPath,
    [import.meta.filename],
    { env: { ...process.env, PORTICO_NO_FFI: '1' } },
    'without node:ffi',
  );

t.test('a program finds all that RFC 3875 names, and nothing else', async (t) => {
  const { url, folder, served } = await stage(t, { env: `${plain}exec env` }, { env: { GREETING: 'hello', N: 1 } });
  const answer = await ask(`${url}env/a%20b/c?x=1&y=%20`, {
    headers: { 'X-Thing': 'one', 'User-Agent': 'test', Proxy: 'http://evil.example', Authorization: 'Basic QTpC' },
  });
  t.equal(answer.status, 200);
  const { PWD: _, SHLVL: __, OLDPWD: ___, _: ____, ...variables } = variablesOf(await answer.text());
  // Neither what tap puts into every process, nor what fetch sends by itself.
  const own = Object.entries(variables).filter(([name]) => !/^(?:_?TAP|NODE_|HTTP_ACCEPT|HTTP_SEC)/.test(name));
  t.match(variables['UNIQUE_ID'], /^\w{12}$/);
  t.match(variables['REMOTE_PORT'], /^\d+$/);
  t.same(Object.fromEntries(own), {
    DOCUMENT_ROOT: folder,
    GATEWAY_INTERFACE: 'CGI/1.1',
    GREETING: 'hello',
    HTTP_HOST: `127.0.0.1:${served.port}`,
    HTTP_USER_AGENT: 'test',
    HTTP_X_THING: 'one',
    N: '1',
    PATH: process.env['PATH'],
    PATH_INFO: '/a b/c',
    PATH_TRANSLATED: `${folder}/a b/c`,
    QUERY_STRING: 'x=1&y=%20',
    REDIRECT_STATUS: '200',
    REMOTE_ADDR: '127.0.0.1',
    REMOTE_HOST: '127.0.0.1',
    REMOTE_PORT: variables['REMOTE_PORT'],
    REQUEST_METHOD: 'GET',
    REQUEST_SCHEME: 'http',
    REQUEST_URI: '/cgi-bin/env/a%20b/c?x=1&y=%20',
    SCRIPT_FILENAME: `${folder}/env`,
    SCRIPT_NAME: '/cgi-bin/env',
    SERVER_ADDR: '127.0.0.1',
    SERVER_NAME: '127.0.0.1',
    SERVER_PORT: String(served.port),
    SERVER_PROTOCOL: 'HTTP/1.1',
    SERVER_SOFTWARE: 'Portico',
    UNIQUE_ID: variables['UNIQUE_ID'],
  });
});

t.test('it runs in its folder, with the words of the query as its arguments', async (t) => {
  const { url, folder } = await stage(t, { 'a/words': `${plain}pwd; for word; do echo "[$word]"; done` });
  const says = async (query: string): Promise<string> => (await ask(`${url}a/words${query}`)).text();
  t.equal(await says('?one+two%20three+%24(id)'), `${folder}/a\n[one]\n[two three]\n[$(id)]\n`);
  t.equal(await says('?a=b'), `${folder}/a\n`);
  const posted = await ask(`${url}a/words?one`, { method: 'POST' });
  t.equal(await posted.text(), `${folder}/a\n`, 'GET and HEAD only');
});

t.test('bodies', async (t) => {
  const count = `${plain}echo "$CONTENT_LENGTH $CONTENT_TYPE"; cat`;
  const { url } = await stage(
    t,
    { count, size: `${plain}wc -c`, deaf: `${plain}exec <&-; echo done` },
    { max_body: '1MB' },
  );
  const post = (name: string, body: RequestInit['body'], headers = {}) =>
    ask(url + name, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);

  await t.test('are its standard input', async (t) => {
    const answer = await post('count', 'a=1', { 'content-type': 'text/x' });
    t.equal(await answer.text(), '3 text/x\na=1');
    t.equal(await (await post('count', '')).text(), '0 text/plain;charset=UTF-8\n');
    t.equal(await (await ask(`${url}count`)).text(), ' \n', 'no body, no length');
  });
  await t.test('of unknown length are waited for', async (t) => {
    const answer = await post(
      'count',
      Readable.toWeb(Readable.from([Buffer.from('one '), Buffer.from('two')])) as never,
    );
    t.equal(await answer.text(), '7 \none two');
  });
  await t.test('have a limit, to the byte', async (t) => {
    const limit = 1024 * 1024;
    t.equal((await (await post('size', Buffer.alloc(limit))).text()).trim(), String(limit));
    t.equal((await post('size', Buffer.alloc(limit + 1))).status, 413);
    const stream = (bytes: number) =>
      Readable.toWeb(Readable.from([Buffer.alloc(bytes - 1), Buffer.alloc(1)])) as never;
    t.equal((await (await post('size', stream(limit))).text()).trim(), String(limit));
    t.equal((await post('size', stream(limit + 1))).status, 413);
  });
  await t.test('need not be read', async (t) => {
    const answer = await post('deaf', Buffer.alloc(1024 * 1024));
    t.equal(await answer.text(), 'done\n');
  });
});

t.test('large bodies go through at the pace of both sides', async (t) => {
  const { url } = await stage(t, { cat: `${plain}exec cat` });
  const size = 20 * 1024 * 1024;
  const asked = request(`${url}cat`, { method: 'POST', headers: { 'content-length': size } });
  asked.end(Buffer.alloc(size, 'x'));
  const [answer] = (await once(asked, 'response')) as [Readable];
  let bytes = 0;
  for await (const chunk of answer) bytes += (chunk as Buffer).length;
  t.equal(bytes, size);
});

t.test('output is passed on as it comes', async (t) => {
  const { url, folder } = await stage(t, { drip: `${plain}echo one; ${untilGo}; echo two` });
  const answer = await ask(`${url}drip`);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  t.equal((await reader.read()).value, 'one\n');
  writeFileSync(join(folder, 'go'), '');
  let rest = '';
  for (let next = await reader.read(); !next.done; next = await reader.read()) rest += next.value;
  t.equal(rest, 'two\n');
});

t.test('a short answer has its length, a long one comes in chunks', async (t) => {
  const { url } = await stage(t, {
    short: 'printf "Content-Type: text/plain\\n\\nhello"',
    said: 'printf "Content-Type: text/plain\\nContent-Length: 5\\n\\nhello and more"',
    less: 'printf "Content-Type: text/plain\\nContent-Length: 50\\n\\nhello"',
  });
  const short = await ask(`${url}short`);
  // child_process tells of the end later.
  if (libc !== null) t.equal(short.headers.get('content-length'), '5');
  t.equal(await short.text(), 'hello');
  t.equal(await (await ask(`${url}said`)).text(), 'hello', 'no more than was said');
  const less = await ask(`${url}less`);
  if (less.status !== 502) t.type(await failure(Promise.resolve(less)), Error, 'less than was said is no answer');
});

t.test('status, redirects, and headers', async (t) => {
  const { url } = await stage(t, {
    gone: 'printf "Status: 410 Left\\nContent-Type: text/plain\\nSet-Cookie: a=1\\nSet-Cookie: b=2\\n\\ngone"',
    away: 'printf "Location: https://example.com/\\n\\n"',
    here: 'printf "Location: /cgi-bin/env/x?y=1\\n\\n"',
    env: `${plain}echo "$REQUEST_METHOD $PATH_INFO $QUERY_STRING [$CONTENT_LENGTH]"; cat`,
    circle: 'printf "Location: /cgi-bin/circle\\n\\n"',
    nowhere: 'printf "Location: /nowhere\\n\\n"',
  });
  const get = (name: string, init: RequestInit = {}) => ask(url + name, { redirect: 'manual', ...init });
  const gone = await get('gone');
  t.same([gone.status, gone.statusText, gone.headers.getSetCookie()], [410, 'Left', ['a=1', 'b=2']]);
  const away = await get('away');
  t.same([away.status, away.headers.get('location')], [302, 'https://example.com/']);
  t.equal(await (await get('here')).text(), 'GET /x y=1 []\n', 'a path of ours is answered at once');
  t.equal(await (await get('here', { method: 'POST', body: 'a=1' })).text(), 'GET /x y=1 []\n');
  t.equal((await get('nowhere')).status, 404);
  t.equal((await get('circle')).status, 500, 'not for ever');
});

t.test('HEAD has the header only', async (t) => {
  const { url, served } = await stage(t, { page: 'printf "Content-Type: text/x\\nContent-Length: 5\\n\\nhello"' });
  const peer = await dial(served.port);
  await peer.write(
    'HEAD /cgi-bin/page HTTP/1.1\r\nHost: a\r\n\r\nGET /cgi-bin/page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  );
  const text = (await peer.rest()).toString();
  t.equal(text.split('HTTP/1.1 200 OK').length, 3);
  t.match(text, /Content-Length: 5\r\n(?:[^\r]+\r\n)*\r\nHTTP\/1\.1 200 OK[^]*\r\n\r\nhello$/);
  t.ok(url);
});

t.test('a program that gives no answer is a 502', async (t) => {
  const { url, served, folder } = await stage(t, {
    words: 'echo hello; echo it went wrong >&2',
    nothing: 'exit 3',
    typeless: 'printf "X-A: 1\\n\\nhello"',
    unfinished: 'printf "Content-Type: text/plain\\n"',
    lost: '#!/nonexistent/interpreter\n',
  });
  for (const name of ['words', 'nothing', 'typeless', 'unfinished', 'lost']) {
    t.equal((await ask(url + name)).status, 502, name);
  }
  t.match(await served.context.logged(/it went wrong/), {
    severity: 'info',
    fields: { event: 'program.stderr', session: /^\w{12}$/ },
  });
  t.match(await served.context.logged(/^program ended/), {
    severity: 'notice',
    fields: { event: 'program.exit', script: `${folder}/nothing`, status: 3, signal: null },
  });
  const fields = { event: 'http.failed', route: '/cgi-bin/', status: 502 };
  t.match(await served.context.logged(/unfinished: The program ended without a whole header/), {
    severity: 'err',
    fields,
  });
  t.match(await served.context.logged(/^the program cannot be started: start .*lost: it/), {
    severity: 'err',
    fields,
  });
});

t.test('what is no program is a 403, and the log says of what', async (t) => {
  const { url, served, folder } = await stage(t, { data: 'x' });
  chmodSync(join(folder, 'data'), 0o644);
  t.equal((await ask(`${url}data`)).status, 403);
  t.match(await served.context.logged(/data is not executable, and no interpreter is named for names without/), {
    severity: 'warning',
    fields: { event: 'http.failed', status: 403 },
  });
});

t.test('a program that is silent for too long is ended, with what it has started', async (t) => {
  const { url, served, folder } = await stage(
    t,
    {
      slow: 'sleep 600 & echo $! > pid; wait',
      begun: `${plain}echo one; sleep 600`,
      open: `${plain}echo one; sleep 600 & echo $! > pid; exit 0`,
    },
    { timeout: '300ms' },
  );
  const answer = await ask(`${url}slow`);
  t.equal(answer.status, 504);
  await served.context.logged(/slow was silent for 0.3 s/);
  await served.context.programsEnded();
  // It got its signal with the program, and ends when the system comes to it.
  while (isRunning(join(folder, 'pid'))) await nextTurn();
  t.pass('what it has started is gone');
  t.type(await failure(ask(`${url}begun`)), Error, 'what was begun breaks off');
  t.type(await failure(ask(`${url}open`)), Error, 'somebody else holds the output, and says nothing');
});

t.test('SIGKILL follows where SIGTERM was not enough', async (t) => {
  const { url, served } = await stage(t, { stubborn: 'trap "" TERM; sleep 600' }, { timeout: '100ms' });
  t.equal((await ask(`${url}stubborn`)).status, 504);
  const end = await served.context.logged(/^program ended/);
  t.match(end.fields, { signal: 'SIGKILL' });
});

t.test('a program ends when nobody waits for its answer any more', async (t) => {
  const { served } = await stage(t, { wait: `${plain}echo one; sleep 600` });
  const peer = await dial(served.port);
  await peer.write('GET /cgi-bin/wait HTTP/1.1\r\nHost: a\r\n\r\n');
  await peer.bytes(10);
  peer.socket.destroy();
  const end = await served.context.logged(/^program ended/);
  t.match(end.fields, { signal: 'SIGTERM' });
});

t.test('so many at once, so many in a queue, and the others are told when to come again', async (t) => {
  const { url, folder } = await stage(t, { wait: `${untilGo}; ${plain}echo over` }, { max_processes: 2, queue: 1 });
  // The first answer is that of whoever came fourth.
  const asked = [1, 2, 3, 4].map(() => ask(`${url}wait`));
  const refused = await Promise.race(asked);
  t.equal(refused.status, 503);
  t.match(refused.headers.get('retry-after'), /^\d+$/);
  writeFileSync(join(folder, 'go'), '');
  const answers = await Promise.all(asked);
  t.same(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 200, 200, 503],
  );
});

t.test('NPH programs write the whole answer', async (t) => {
  const { served } = await stage(t, {
    'nph-raw': 'printf "HTTP/1.0 299 My Own\\r\\nX-A: 1\\r\\n\\r\\nbody"',
    'nph-none': 'exit 0',
    plain: `${plain}echo first`,
  });
  const peer = await dial(served.port);
  await peer.write('GET /cgi-bin/plain HTTP/1.1\r\nHost: a\r\n\r\nGET /cgi-bin/nph-raw HTTP/1.1\r\nHost: a\r\n\r\n');
  const text = (await peer.rest()).toString();
  t.match(text, /^HTTP\/1\.1 200 OK[^]*first\n/);
  t.ok(text.endsWith('HTTP/1.0 299 My Own\r\nX-A: 1\r\n\r\nbody'));
  t.equal((await ask(`http://127.0.0.1:${served.port}/cgi-bin/nph-none`)).status, 502);
});

t.test('header fields with names that are one are refused', async (t) => {
  const { url, served } = await stage(t, { env: `${plain}exec env` });
  const say = async (fields: string): Promise<string> => {
    const peer = await dial(served.port);
    await peer.write(`GET /cgi-bin/env HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`);
    return (await peer.rest()).toString();
  };
  t.match(await say('X-User: a\r\nX_User: b\r\n'), /^HTTP\/1\.1 400 /);
  t.match(await say('X_User: b\r\nX-USER: a\r\n'), /^HTTP\/1\.1 400 /);
  t.notMatch(await say('X_User: b\r\n'), /HTTP_X_USER/);
  t.match(await say('X-User: a\r\nx-user: b\r\n'), /HTTP_X_USER=a, b\n/);
  t.ok(url);
});

t.test('which program is meant', async (t) => {
  const { url, folder } = await stage(
    t,
    {
      'sub/run': `${plain}echo "$SCRIPT_NAME|$PATH_INFO"`,
      'sub/start': `${plain}echo "start $SCRIPT_NAME|$PATH_INFO"`,
      'deep/er/run': `${plain}echo "$SCRIPT_NAME|$PATH_INFO"`,
      '.hidden': plain,
      'page.tcl': 'echo never',
    },
    { index: ['none', 'start'], interpreters: { '.tcl': ['/bin/echo', 'Content-Type: text/plain\n\nrun'] } },
  );
  writeFileSync(join(folder, 'data.txt'), 'data');
  mkdirSync(join(folder, 'outside'));
  symlinkSync('/bin/ls', join(folder, 'outside/ls'));
  symlinkSync('/usr', join(folder, 'usr'));
  symlinkSync('run', join(folder, 'sub/link'));
  const get = async (path: string): Promise<[number, string]> => {
    const answer = await ask(url + path, { redirect: 'manual' });
    return [answer.status, answer.status === 200 ? await answer.text() : (answer.headers.get('location') ?? '')];
  };
  t.same(await get('sub/run'), [200, '/cgi-bin/sub/run|\n']);
  t.same(await get('sub/run/'), [200, '/cgi-bin/sub/run|/\n']);
  t.same(await get('sub/run/a/b'), [200, '/cgi-bin/sub/run|/a/b\n']);
  t.same(await get('sub/link/a'), [200, '/cgi-bin/sub/link|/a\n'], 'a link that stays inside');
  t.same(await get('deep/er/run'), [200, '/cgi-bin/deep/er/run|\n']);
  t.same(await get('sub/'), [200, 'start /cgi-bin/sub/start|\n'], 'the index of a folder');
  t.same(await get('sub'), [301, './sub/']);
  t.same(await get('sub?a=b'), [301, './sub/?a=b']);
  t.same(await get('page.tcl?-x'), [200, `run ${folder}/page.tcl\n`], 'an interpreter gets no words');
  t.same(await get('data.txt'), [403, '']);
  for (const path of [
    '',
    'none',
    'deep/',
    'deep',
    '.hidden',
    'sub/.hidden',
    'outside/ls',
    'usr/bin/id',
    'sub/none',
    'x'.repeat(300),
  ]) {
    t.same(await get(path), [404, ''], path);
  }
});

t.test('one program for all below', async (t) => {
  const folder = writePrograms(t, { one: `${plain}echo "$SCRIPT_NAME|$PATH_INFO|$PATH_TRANSLATED"` });
  const options = cgiRouteOptions.parse({ cgi: `${folder}/one`, document_root: '/srv' });
  const { port } = await serveRoutes(t, {
    '/git/': (host) => createCgiRoute(options, host),
    '/one': (host) => createCgiRoute(options, host),
  });
  const get = async (path: string): Promise<string> => (await ask(`http://127.0.0.1:${port}${path}`)).text();
  t.equal(await get('/git/'), '/git|/|/srv/\n');
  t.equal(await get('/git/a/.b'), '/git|/a/.b|/srv/a/.b\n');
  t.equal(await get('/one'), '/one||\n');
  t.equal(await get('/one/a'), '/one|/a|/srv/a\n');
});

t.test('programs of a service that stops end with it', async (t) => {
  const { url, served } = await stage(t, { wait: `${plain}echo one; sleep 600` });
  const answer = await ask(`${url}wait`);
  const rest = answer.text().catch((error: Error) => error);
  await served.close();
  t.type(await rest, Error);
  t.match((await served.context.logged(/^program ended/)).fields, { signal: 'SIGTERM' });
});

function isRunning(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // A zombie has come to its end, too.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** What goes wrong before the answer is whole. */
function failure(answer: Promise<Response>): Promise<unknown> {
  return answer.then((it) => it.text()).catch((error: unknown) => error);
}

/** Waits for a file beside the program. */
const untilGo = 'until [ -e go ]; do sleep 0.02; done';
