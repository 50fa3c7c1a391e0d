import t from 'tap';

import * as portico from '../src/index.ts';

t.test('defineService gives back the module as it is', async (t) => {
  const module = { name: 'own', create: () => ({}) } as unknown as portico.ServiceModule;
  t.equal(portico.defineService(module), module);
});

t.test('methods and their callers share one kind of fault', async (t) => {
  t.match(new portico.XmlRpcFault(4, 'no'), { name: 'XmlRpcFault', code: 4, message: 'no' });
  t.equal(portico.faultCodes.unknownMethod, -32601);
  t.type(portico.createXmlRpcClient, 'function');
});

t.test('errors that a service may throw keep their meaning', async (t) => {
  t.equal(new portico.PeerError('no').name, 'PeerError');
  t.equal(new portico.TemporaryError('later').name, 'TemporaryError');
});
