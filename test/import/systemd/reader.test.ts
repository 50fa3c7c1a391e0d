import { join } from 'node:path';

import t from 'tap';

import { readPairs } from '../../../src/import/systemd/reader.ts';
import { foreignFiles } from '../stage.ts';

const files = {
  'a.socket': '[Socket]\nListenStream=1\nAccept=yes\n',
  'a@.service': '[Service]\nUser=first\n',
  'a@.service.d/20.conf': '[Service]\nUser=third\n',
  'a@.service.d/10.conf': '[Service]\nUser=second\nbroken\n',
  'a.socket.d/x.conf': '[Socket]\nListenStream=2\n',
  'a.socket.d/README': 'no unit',
  'b.socket': '[Socket]\nListenStream=3\n',
  'b.service': '[Service]\nUser=b\n',
  'c.socket': '[Socket]\nListenStream=4\nService=b.service\n',
  'd.socket': '[Socket]\nListenStream=5\n',
  'e.service': '[Service]\n',
};

t.test('the sockets of a folder, with their services and drop-ins', async (t) => {
  const folder = foreignFiles(t, files);
  const { pairs, remarks } = readPairs(folder);
  t.same(
    pairs.map(({ name, serviceName, service }) => [name, serviceName, service?.last('Service', 'User') ?? null]),
    [
      ['a', 'a@.service', 'third'],
      ['b', 'b.service', 'b'],
      ['c', 'b.service', 'b'],
      ['d', 'd.service', null],
    ],
  );
  t.same(
    pairs[0]?.socket.all('Socket', 'ListenStream').map(({ value }) => value),
    ['1', '2'],
  );
  t.same(remarks, [
    { file: join(folder, 'a@.service.d/10.conf'), line: 3, text: 'expected "Key=value", got "broken"' },
  ]);
});

t.test('one socket', async (t) => {
  const folder = foreignFiles(t, files);
  t.same(
    readPairs(join(folder, 'b.socket')).pairs.map(({ name }) => name),
    ['b'],
  );
  t.throws(() => readPairs(join(folder, 'b.service')), {
    code: 78,
    message: /expected a folder or a file that ends with ".socket"$/,
  });
  t.throws(() => readPairs(join(folder, 'x.socket')), { code: 78, message: /there is no such file$/ });
});

t.test('a service cannot be fetched from elsewhere', async (t) => {
  const folder = foreignFiles(t, { 'in/a.socket': '[Socket]\nService=../b.service\n', 'b.service': '[Service]\n' });
  t.equal(readPairs(join(folder, 'in')).pairs[0]?.service, null);
});
