import type { Chaos, Fault } from '../fault.ts';
import { versionOfCheckout } from '../subject.ts';

export const upgrade: Fault = {
  name: 'upgrade',
  mayPutOff: true,
  inject: (chaos) => replaceProgram(chaos),
};

/** From the files of one release to those of another, and back. */
export const otherVersion: Fault = {
  name: 'upgrade, other version',
  mayPutOff: true,
  async inject(chaos) {
    for (const version of ['0.0.9', versionOfCheckout()]) {
      chaos.subject.setVersion(version);
      await replaceProgram(chaos);
      const now = await chaos.subject.status();
      if (now.version !== version) chaos.broken(`after an upgrade to ${version} it says it is ${now.version}`);
    }
  },
};

async function replaceProgram({ subject, injected }: Chaos): Promise<void> {
  const { generation } = await subject.status();
  const loaded = subject.next('config.loaded', (line) => line['generation'] === generation + 1);
  injected();
  subject.signal('SIGUSR2');
  await loaded;
}
