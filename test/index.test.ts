import t from 'tap';

import * as portico from '../src/index.ts';

t.test('defineService gives back the module as it is', async (t) => {
  const module = { name: 'own', create: () => ({}) } as unknown as portico.ServiceModule;
  t.equal(portico.defineService(module), module);
});

t.test('errors that a service may throw keep their meaning', async (t) => {
  t.equal(new portico.PeerError('no').name, 'PeerError');
  t.equal(new portico.TemporaryError('later').name, 'TemporaryError');
});
