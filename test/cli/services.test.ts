import t from 'tap';

import type { ServiceModule } from '../../src/contract/service.ts';
import { createFakeHouse, createFakeTerminal, portico } from './fakes.ts';

const modules = [
  {
    name: 'echo',
    transports: ['stream', 'datagram'],
    summary: 'Sends back what it is sent',
    example: 'listen: tcp://127.0.0.1:2007',
  },
  {
    name: 'qotd',
    transports: ['stream'],
    summary: 'Says a quote',
    example: 'listen: tcp://127.0.0.1:2017\nquotes: [a]\n',
  },
] as unknown as ServiceModule[];

const house = createFakeHouse({
  services: () => Promise.resolve(new Map(modules.map((module) => [module.name, module]))),
  describeOptions: ({ name }) =>
    Promise.resolve(
      name === 'echo'
        ? []
        : [
            { name: 'quotes', type: 'list of text', default: null, isRequired: true, description: 'What is said.' },
            { name: 'width', type: 'number', default: '72', isRequired: false, description: 'Of a line.' },
          ],
    ),
});

t.test('lists the types', async (t) => {
  t.same(await portico(['services'], createFakeTerminal(), house), {
    code: 0,
    out: 'TYPE  TRANSPORTS        SUMMARY\necho  stream, datagram  Sends back what it is sent\nqotd  stream            Says a quote\n',
    err: '',
  });
});

t.test("shows one type's options and an example that can be copied", async (t) => {
  const { code, out } = await portico(['services', 'qotd'], createFakeTerminal(), house);
  t.equal(code, 0);
  t.equal(
    out,
    [
      'qotd (stream): Says a quote',
      '',
      'Options',
      'OPTION  VALUE         DEFAULT        MEANING',
      'quotes  list of text  must be given  What is said.',
      'width   number        72             Of a line.',
      '',
      'Example',
      'services:',
      '  qotd:',
      '    listen: tcp://127.0.0.1:2017',
      '    quotes: [a]',
      '',
    ].join('\n'),
  );
});

t.test('a type without options says so', async (t) => {
  t.match(await portico(['services', 'echo'], createFakeTerminal(), house), { out: 'Options\nnone of its own\n' });
});

t.test('1 when there is none of that name', async (t) => {
  t.same(await portico(['services', 'ecoh'], createFakeTerminal(), house), {
    code: 1,
    out: '',
    err: 'portico: there is no service type "ecoh", did you mean "echo"?\n',
  });
});
