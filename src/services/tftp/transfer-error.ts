import { PeerError } from '../../contract/errors.ts';

/** Why a transfer ended before its time. Extends what is the other side's fault: nobody has to look at our code. */
export class TransferError extends PeerError {
  /** What the peer is told; null: nothing, because it is gone or knows it already. */
  readonly answer: { readonly code: number; readonly message: string } | null;
  constructor(reason: string, answer: TransferError['answer'] = null) {
    super(reason);
    this.answer = answer;
  }
}
