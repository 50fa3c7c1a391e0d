import type { Handlers } from '../dialogue.ts';
import { replies, reply } from '../replies.ts';

// RFC 2228 and 4217: TLS on the control connection and on the data connections.

export const tlsCommands: Handlers<'AUTH' | 'PBSZ' | 'PROT' | 'CCC'> = {
  AUTH({ word }, { session }) {
    if (!mechanisms.has(word)) return reply(504, 'Only TLS is there');
    if (session.tls !== null) return reply(503, 'TLS is there already');
    if (!session.canStartTls) return reply(502, 'There is no TLS here');
    return { startTls: reply(234, 'Go ahead') };
  },
  PBSZ({ count }, dialogue) {
    if (dialogue.session.tls === null) return reply(503, 'AUTH comes first');
    dialogue.isBufferSet = true;
    // RFC 4217 8: 0 is all there is for TLS.
    return reply(200, count === 0 ? 'PBSZ=0' : 'PBSZ=0 is what it is');
  },
  PROT({ word }, dialogue) {
    const { session, channel, house } = dialogue;
    if (session.tls === null || !dialogue.isBufferSet) return reply(503, 'PBSZ comes first');
    if (word === 'S' || word === 'E') return reply(536, 'Only C and P are there');
    if (word !== 'C' && word !== 'P') return replies.notThat;
    if (word === 'C' && house.options.require_tls) return reply(534, 'Data connections are to be protected');
    channel.protect(word === 'P');
    return reply(200, word === 'P' ? 'Data connections are protected' : 'Data connections are clear');
  },
  // RFC 4217 6: what is clear again can be changed by whoever stands between.
  CCC: () => reply(533, 'The control connection stays protected'),
};

/** RFC 4217 17 has TLS; the others are names that old programs have for the same. */
const mechanisms: ReadonlySet<string> = new Set(['TLS', 'TLS-C', 'TLS-P', 'SSL']);
