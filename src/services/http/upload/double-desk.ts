import type { DeliveryDesk, Draft } from '../../../contract/delivery.ts';
import { newItemId } from '../../../wire/item-id.ts';

export interface DoubleDeskOptions {
  readonly folder: DeliveryDesk;
  readonly spool: DeliveryDesk;
}

/**
 * Takes things into a folder and into the spool. They are acknowledged when they are safe in both. The spool is committed first: of
 * what then cannot be put into the folder the peer hears that it failed, and if it tries again the thing is delivered twice. The other
 * way round it might never be, because the folder would say that it has it.
 */
export function createDoubleDesk({ folder, spool }: DoubleDeskOptions): DeliveryDesk {
  return {
    async begin(given) {
      // What the peer has not named has one name in both.
      const envelope = { ...given, name: given.name ?? newItemId() };
      await using started = new AsyncDisposableStack();
      const inFolder = started.use(await folder.begin(envelope));
      const inSpool = started.use(await spool.begin(envelope));
      return createDoubleDraft(inFolder, inSpool, started.move());
    },
  };
}

function createDoubleDraft(inFolder: Draft, inSpool: Draft, both: AsyncDisposableStack): Draft {
  return {
    async write(chunk) {
      // Neither changes it.
      await Promise.all([inFolder.write(chunk), inSpool.write(chunk)]);
    },
    async seal() {
      await Promise.all([inFolder.seal(), inSpool.seal()]);
    },
    async commit(late) {
      await Promise.all([inFolder.seal(), inSpool.seal()]);
      const { id } = await inSpool.commit(late);
      // The id that the deliveries know it by.
      return { ...(await inFolder.commit(late)), id };
    },
    [Symbol.asyncDispose]: () => both.disposeAsync(),
  };
}
