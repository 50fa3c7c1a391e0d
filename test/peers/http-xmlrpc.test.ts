import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import t, { type Test } from 'tap';

import { createXmlRpcClient } from '../../src/client/xmlrpc-client.ts';
import { XmlRpcFault } from '../../src/contract/rpc.ts';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import {
  freePort,
  makeCertificates,
  makeFolder,
  needProgram,
  needPrograms,
  runPeer,
  startPeer,
} from '../support/peers.ts';

const examples = fileURLToPath(new URL('../../examples/rpc/', import.meta.url));

const own = `
import { XmlRpcFault } from 'portico';
export const echo = (value: unknown) => value;
export const fail = () => { throw new XmlRpcFault(17, 'as <it> is'); };
export const list = () => Array.from({ length: 1000 }, (_, id) => ({ id, name: \`item \${id}\`, value: id * 1.5, ok: true }));
export const moment = () => new Date('2026-01-02T03:04:05Z');
export const large = () => 2n ** 62n;
`;

const configuration = `
services:
  xmlrpc:
    listen: [tcp://127.0.0.1:0, "unix:./rpc.sock"]
    methods: { math: ${examples}math.ts, validator1: ${examples}validator1.ts, own: ./own.ts }
`;

async function startMethods(t: Test): Promise<{ daemon: TestDaemon; url: string }> {
  const daemon = await startDaemon(t, configuration, { files: { 'own.ts': own } });
  return { daemon, url: `http://127.0.0.1:${await daemon.port('xmlrpc')}/RPC2` };
}

t.test("Python's xmlrpc.client", async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null) return;
  const { url } = await startMethods(t);
  const run = async (script: string): Promise<string> => {
    const proxy = `
import datetime, sys, xmlrpc.client
server = xmlrpc.client.ServerProxy(sys.argv[1], allow_none=True, use_builtin_types=True)
`;
    const { stdout, stderr } = await runPeer(t, [python, '-c', proxy + script, url]);
    t.equal(stderr, '');
    return stdout;
  };

  t.equal(
    await run(`
values = [1, -2.5, True, None, 'a<&>é😀\\n', b'\\x00\\xff', datetime.datetime(2026, 1, 2, 3, 4, 5), {'a b': [1, {}], '': 'x'}, [], 1e-9, 1e22, -2**31]
print(server.own.echo(values) == values)
print(server.own.large() == 2 ** 62, server.own.moment())
rows = server.own.list()
print(len(rows), rows[999])
`),
    "True\nTrue 2026-01-02 03:04:05\n1000 {'id': 999, 'name': 'item 999', 'value': 1498.5, 'ok': True}\n",
    'values of every type',
  );
  t.equal(
    await run(`
for call in (lambda: server.own.fail(), lambda: server.none(), lambda: server.math.add('x', 1), lambda: server.own.echo('\\0')):
    try: call()
    except xmlrpc.client.Fault as fault: print(fault.faultCode, fault.faultString)
`),
    [
      '17 as <it> is',
      '-32601 no method "none"',
      '-32602 math.add: expected (int, int), got (string, int)',
      '-32700 not well-formed: 6:16: disallowed character.\n',
    ].join('\n'),
    'faults',
  );
  t.equal(
    await run(`
print('math.add' in server.system.listMethods(), server.system.methodSignature('math.add'), server.system.methodHelp('math.add'))
calls = xmlrpc.client.MultiCall(server)
calls.math.add(1, 2)
calls.own.echo('x')
calls.own.fail()
results = calls()
print(results[0], results[1])
try: results[2]
except xmlrpc.client.Fault as fault: print(fault.faultCode)
`),
    "True [['int', 'int', 'int']] The sum of two integers.\n3 x\n17\n",
    'introspection and multicall',
  );
  t.equal(
    await run(`
v = server.validator1
stooge = {'moe': 5, 'larry': 6, 'curly': 7}
print(v.arrayOfStructsTest([stooge] * 100))
print(sorted(v.countTheEntities('<<>&&&\\'"""x').items()))
print(v.easyStructTest(stooge), v.echoStructTest({'a': stooge}) == {'a': stooge})
many = [1, True, 'text', 1.5, datetime.datetime(1998, 7, 17, 14, 14, 55), b'bytes']
print(v.manyTypesTest(*many) == many)
print(v.moderateSizeArrayCheck(['first'] + ['middle'] * 150 + ['last']))
print(v.nestedStructTest({'1999': {}, '2000': {'03': {}, '04': {'01': stooge, '02': {}}}}))
print(sorted(v.simpleStructReturnTest(7).items()))
`),
    [
      '700',
      "[('ctAmpersands', 3), ('ctApostrophes', 1), ('ctLeftAngleBrackets', 2), ('ctQuotes', 3), ('ctRightAngleBrackets', 1)]",
      '18 True',
      'True',
      'firstlast',
      '18',
      "[('times10', 70), ('times100', 700), ('times1000', 7000)]\n",
    ].join('\n'),
    'the validator',
  );
});

t.test("PHP's xmlrpc extension, which writes ISO-8859-1", async (t) => {
  const php = needProgram(t, 'php');
  if (php === null) return;
  const { stdout: modules } = await runPeer(t, [php, '-m']);
  if (!/^xmlrpc$/m.test(modules)) {
    if (process.env['CI'] === 'true') t.fail('not installed: php-xmlrpc');
    return;
  }
  const { url } = await startMethods(t);
  const script = `
function call(string $method, array $params) {
  $options = ['method' => 'POST', 'header' => 'Content-Type: text/xml', 'content' => xmlrpc_encode_request($method, $params)];
  return xmlrpc_decode(file_get_contents($_SERVER['argv'][1], false, stream_context_create(['http' => $options])));
}
$date = '19980717T14:14:55'; xmlrpc_set_type($date, 'datetime');
$bytes = "\\x00\\xff"; xmlrpc_set_type($bytes, 'base64');
$answer = call('own.echo', [[1, 2.5, true, "caf\\xe9", $date, $bytes, ['a' => [1]]]]);
echo json_encode([$answer[0], $answer[1], $answer[2], bin2hex($answer[3]), $answer[4]->scalar, bin2hex($answer[5]->scalar), $answer[6]]), "\\n";
echo json_encode(call('math.add', [2, 3])), json_encode(call('own.fail', [])), "\\n";
`;
  const { stdout } = await runPeer(t, [php, '-r', script, url]);
  t.equal(
    stdout,
    '[1,2.5,true,"636166e9","19980717T14:14:55","00ff",{"a":[1]}]\n5{"faultCode":17,"faultString":"as <it> is"}\n',
  );
});

t.test("Perl's RPC::XML", async (t) => {
  const perl = needProgram(t, 'perl');
  if (perl === null) return;
  if ((await runPeer(t, [perl, '-MRPC::XML::Client', '-e', '1'])).code !== 0) {
    if (process.env['CI'] === 'true') t.fail('not installed: librpc-xml-perl');
    return;
  }
  const { url } = await startMethods(t);
  const script = `
use RPC::XML; use RPC::XML::Client;
$RPC::XML::ALLOW_NIL = 1;
my $client = RPC::XML::Client->new($ARGV[0]);
print ref $_, " ", $_->is_fault ? $_->code . " " . $_->string : $_->value, "\\n" for
  $client->send_request('math.add', 2, 3),
  $client->send_request('own.echo', RPC::XML::i8->new('4611686018427387904')),
  $client->send_request('own.echo', RPC::XML::datetime_iso8601->new('19980717T14:14:55')),
  $client->send_request('own.echo', RPC::XML::base64->new('hi')),
  $client->send_request('own.echo', RPC::XML::nil->new),
  $client->send_request('own.fail');
print scalar @{ $client->simple_request('own.list') }, "\\n";
print join(',', map { ref $_ eq 'ARRAY' ? $_->[0] : $_->{faultCode} }
  @{ $client->simple_request('system.multicall', [{ methodName => 'math.add', params => [1, 2] }, { methodName => 'own.fail', params => [] }]) }), "\\n";
`;
  const { stdout, stderr } = await runPeer(t, [perl, '-e', script, url]);
  t.equal(stderr, '');
  t.equal(
    stdout,
    [
      'RPC::XML::int 5',
      'RPC::XML::i8 4611686018427387904',
      'RPC::XML::datetime_iso8601 19980717T14:14:55',
      'RPC::XML::base64 hi',
      'RPC::XML::nil ',
      'RPC::XML::fault 17 as <it> is',
      '1000',
      '3,17\n',
    ].join('\n'),
  );
});

t.test("xmlrpc-c's xmlrpc", async (t) => {
  const xmlrpc = needProgram(t, 'xmlrpc');
  if (xmlrpc === null) return;
  const { url } = await startMethods(t);
  const run = (...args: readonly string[]) => runPeer(t, [xmlrpc, url, ...args]);
  t.match(await run('math.add', 'i/2', 'i/3'), { code: 0, stdout: /Integer: 5/ });
  t.match(await run('own.echo', 'n/'), { code: 0, stdout: /Nil/ });
  t.match(await run('own.large'), { code: 0, stdout: /4611686018427387904/ });
  t.match(await run('own.list'), { code: 0, stdout: /Array of 1000 items/ });
  t.match(await run('own.fail'), { code: 1, stderr: /as <it> is.*fault code 17/ });
});

t.test('curl, with JSON and over a unix socket', async (t) => {
  const curl = needProgram(t, 'curl');
  if (curl === null) return;
  const { daemon, url } = await startMethods(t);
  const request = '{"jsonrpc":"2.0","method":"math.add","params":[2,3],"id":1}';
  const json = ['-s', '-H', 'Content-Type: application/json', '-d', request];
  const answer = '{"jsonrpc":"2.0","result":5,"id":1}';
  t.equal((await runPeer(t, [curl, ...json, url])).stdout, answer);
  const socket = `${daemon.folder}/rpc.sock`;
  t.equal((await runPeer(t, [curl, ...json, '--unix-socket', socket, 'http://localhost/RPC2'])).stdout, answer);
  t.match((await runPeer(t, [curl, '-s', url])).stdout, 'math.add(int, int) → int');
  const { stdout } = await runPeer(t, [curl, '-s', '-o', '/dev/null', '-w', '%{http_code}', '-d', request, url]);
  t.equal(stdout, '415', 'a form is no call');

  const client = createXmlRpcClient({ url: 'http://localhost/RPC2', socketPath: socket });
  t.teardown(() => client.close());
  t.equal(await client.call('math.add', 2, 3), 5);
});

const pythonServer = `
import datetime, ssl, sys, xmlrpc.client
from xmlrpc.server import SimpleXMLRPCServer
def fail(): raise xmlrpc.client.Fault(17, 'as <it> is')
server = SimpleXMLRPCServer(('127.0.0.1', 0), allow_none=True, use_builtin_types=True, logRequests=False)
if len(sys.argv) > 1:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.register_introspection_functions()
server.register_multicall_functions()
server.register_function(lambda value: value, 'echo')
server.register_function(lambda a, b: a + b, 'add')
server.register_function(fail)
print('port', server.server_address[1], flush=True)
server.serve_forever()
`;

t.test("our client at Python's SimpleXMLRPCServer", async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null) return;
  const server = startPeer(t, [python, '-c', pythonServer]);
  const [, port] = await server.says(/^port (\d+)$/m);
  interface Methods {
    add(a: number, b: number): number;
    echo<T>(value: T): T;
    fail(): never;
    'system.listMethods'(): string[];
  }
  const client = createXmlRpcClient<Methods>({ url: `http://127.0.0.1:${port}/RPC2` });
  t.teardown(() => client.close());
  t.equal(await client.call('add', 2, 3), 5);
  const date = new Date('1998-07-17T14:14:55Z');
  const values = [1, -2.5, true, null, 'a<&>é😀\n', new Uint8Array([0, 255]), date, [], [[1]], 1e-9];
  t.strictSame(await client.call('echo', values), values);
  t.same(await client.call('echo', { 'a b': { c: 1 } }), { 'a b': { c: 1 } });
  await t.rejects(client.call('fail'), { name: 'XmlRpcFault', code: 17, message: 'as <it> is' });
  t.ok((await client.call('system.listMethods')).includes('add'));
  const [sum, fault] = await client.callAll([['add', 1, 1], ['fail']]);
  t.equal(sum, 2);
  t.ok(fault instanceof XmlRpcFault);
});

t.test('and over TLS', async (t) => {
  const programs = needPrograms(t, 'python3', 'openssl');
  if (programs === null) return;
  const { ca, cert, key, otherCa } = await makeCertificates(t, programs.openssl, makeFolder(t));
  const server = startPeer(t, [programs.python3, '-c', pythonServer, cert, key]);
  const [, port] = await server.says(/^port (\d+)$/m);
  const url = `https://127.0.0.1:${port}/RPC2`;
  const trusting = createXmlRpcClient({ url, ca: readFileSync(ca, 'utf8') });
  const doubting = createXmlRpcClient({ url, ca: readFileSync(otherCa, 'utf8') });
  t.teardown(() => {
    trusting.close();
    doubting.close();
  });
  t.equal(await trusting.call('add', 2, 3), 5);
  await t.rejects(doubting.call('add', 2, 3), { message: /RPC2: .*certificate/ });
});

t.test('our client where nobody listens', async (t) => {
  const client = createXmlRpcClient({ url: `http://127.0.0.1:${await freePort('tcp')}/RPC2` });
  await t.rejects(client.call('add', 1, 2), { message: /RPC2: .*ECONNREFUSED/ });
});
