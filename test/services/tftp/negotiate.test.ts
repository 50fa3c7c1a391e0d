import t from 'tap';

import { negotiate } from '../../../src/services/tftp/negotiate.ts';

t.test('agrees to options', async (t) => {
  const usual = { blockSize: 512, windowSize: 1, timeoutMs: null, announced: null };
  const table: [kind: 'read' | 'write', asked: string, acknowledged: string, terms: object][] = [
    ['read', '', '', usual],
    ['read', 'blksize=8', 'blksize=8', { blockSize: 8 }],
    ['read', 'blksize=7', '', usual],
    ['read', 'blksize=65464', 'blksize=65464', { blockSize: 65_464 }],
    ['read', 'blksize=65465', 'blksize=65464', { blockSize: 65_464 }],
    ['read', 'blksize=1e3', '', usual],
    ['read', 'blksize=-9', '', usual],
    ['read', 'timeout=1', 'timeout=1', { timeoutMs: 1_000 }],
    ['read', 'timeout=255', 'timeout=255', { timeoutMs: 255_000 }],
    ['read', 'timeout=0', '', usual],
    ['read', 'timeout=256', '', usual],
    ['read', 'tsize=0', 'tsize=1000', usual],
    ['write', 'tsize=77', 'tsize=77', { announced: 77 }],
    ['write', 'tsize=x', '', usual],
    ['read', 'windowsize=1', 'windowsize=1', { windowSize: 1 }],
    ['read', 'windowsize=0', '', usual],
    ['read', 'windowsize=64', 'windowsize=64', { windowSize: 64 }],
    ['read', 'windowsize=65', 'windowsize=64', { windowSize: 64 }],
    ['read', 'windowsize=65535', 'windowsize=64', { windowSize: 64 }],
    ['read', 'windowsize=65536', '', usual],
    ['read', 'windowsize=64 blksize=8192', 'windowsize=64 blksize=8192', { windowSize: 64 }],
    ['read', 'windowsize=64 blksize=8193', 'windowsize=63 blksize=8193', { windowSize: 63 }],
    ['read', 'windowsize=64 blksize=65464', 'windowsize=8 blksize=65464', { windowSize: 8, blockSize: 65_464 }],
    ['read', 'rollover=0 multicast=', '', usual],
  ];
  for (const [kind, asked, acknowledged, terms] of table) {
    const options = new Map(asked.split(' ').map((pair) => pair.split('=') as [string, string]));
    const agreed = negotiate({ kind, options }, { size: 1_000, maxBlockSize: 65_464 });
    t.match(agreed, terms, asked);
    t.equal([...(agreed.acknowledged ?? [])].map(([name, value]) => `${name}=${value}`).join(' '), acknowledged, asked);
  }
});

t.test('has no size for a text, and no larger blocks than the operator wants', async (t) => {
  const options = new Map([
    ['tsize', '0'],
    ['blksize', '9000'],
  ]);
  const agreed = negotiate({ kind: 'read', options }, { size: null, maxBlockSize: 1_428 });
  t.same([...(agreed.acknowledged ?? [])], [['blksize', '1428']]);
});
