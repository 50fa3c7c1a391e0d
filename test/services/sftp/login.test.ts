import ssh2, { type AuthContext } from 'ssh2';
import t, { type Test } from 'tap';

import { claimOf } from '../../../src/services/sftp/login.ts';
import { dial } from '../../support/dial.ts';
import { connect, startStage } from './stage.ts';

async function newKey(type: 'ed25519' | 'rsa'): Promise<{ private: string; public: string }> {
  const options = type === 'rsa' ? { bits: 2048 } : {};
  const pair = await new Promise<{ private: string; public: string }>((resolve, reject) => {
    ssh2.utils.generateKeyPair(type, options, (error, made) => (error ? reject(error) : resolve(made)));
  });
  return { private: pair.private, public: pair.public.split(' ').slice(0, 2).join(' ') };
}

const failure = async (t: Test, port: number, options: object): Promise<string> => {
  try {
    await connect(t, port, options);
    return 'let in';
  } catch (error) {
    return (error as Error).message;
  }
};

t.test('lets in by password, and nobody with another one', async (t) => {
  const { port, asked } = await startStage(t);
  await connect(t, port);
  t.same(asked, [{ name: 'alice', password: 'secret' }]);
  t.match(await failure(t, port, { password: 'wrong' }), /All configured authentication methods failed/);
  t.match(await failure(t, port, {}), /All configured authentication methods failed/);
});

t.test('asks whether a key would do before it looks at its signature', async (t) => {
  for (const type of ['ed25519', 'rsa'] as const) {
    const [own, other] = [await newKey(type), await newKey(type)];
    const { port, asked } = await startStage(t, { keys: [own.public] });
    await connect(t, port, { privateKey: own.private });
    t.same(
      asked,
      [
        { name: 'alice', key: own.public, proven: false },
        { name: 'alice', key: own.public, proven: true },
      ],
      type,
    );
    asked.length = 0;
    t.match(await failure(t, port, { privateKey: other.private }), /authentication methods failed/);
    t.same(asked, [{ name: 'alice', key: other.public, proven: false }]);
  }
});

t.test('takes the methods that are allowed', async (t) => {
  const own = await newKey('ed25519');
  const keyOnly = await startStage(t, { options: { auth: ['publickey'] }, keys: [own.public] });
  t.match(await failure(t, keyOnly.port, { password: 'secret' }), /authentication methods failed/);
  t.same(keyOnly.asked, []);
  const passwordOnly = await startStage(t, { options: { auth: ['password'] }, keys: [own.public] });
  t.match(await failure(t, passwordOnly.port, { privateKey: own.private }), /authentication methods failed/);
  t.same(passwordOnly.asked, []);
});

t.test('hangs up after so many attempts', async (t) => {
  const { port, asked } = await startStage(t, { options: { attempts: 2 } });
  const methods = Array.from({ length: 5 }, () => ({ type: 'password', username: 'alice', password: 'wrong' }));
  t.match(await failure(t, port, { authHandler: methods }), /closed|reset|Connection lost/);
  t.equal(asked.length, 2);
});

t.test('hangs up when logins cannot be checked, and does not say that one is wrong', async (t) => {
  const { port, context } = await startStage(t, {
    authenticate: () => Promise.reject(new Error('the registry does not answer')),
  });
  t.not(await failure(t, port, { password: 'secret' }), 'let in');
  await context.logged(/a login cannot be checked/);
});

t.test('hangs up on who does not log in', async (t) => {
  const { port, failures } = await startStage(t, { options: { login_timeout: '1s' } });
  const peer = await dial(port);
  await peer.rest().catch(() => '');
  t.match(failures, [{ name: 'PeerError', message: 'nobody has logged in in time' }]);
});

// Regression: a request that was cut short was an error in the log, before anybody had logged in.
t.test('what is no whole claim is none', async (t) => {
  const context = (more: object): AuthContext => ({ username: 'alice', method: 'publickey', ...more }) as AuthContext;
  const key = { algo: 'ssh-ed25519', data: Buffer.from('key') };
  const methods = ['publickey', 'password'] as const;
  t.equal(claimOf(context({ key: { algo: 'ssh-ed25519', data: undefined } }), methods), null);
  t.equal(claimOf(context({}), methods), null);
  t.equal(claimOf(context({ key, signature: Buffer.from('x') }), methods), null, 'a signature of nothing');
  t.same(claimOf(context({ key }), methods), { name: 'alice', key: 'ssh-ed25519 a2V5', proven: false });
});
