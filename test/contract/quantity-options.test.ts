import { duration, durationOrNone, rate, size } from '../../src/contract/quantity-options.ts';
import { table } from './table.ts';

const noDuration = 'expected a duration such as "30s", got';
table('duration', duration(), [
  ['0ms', 0],
  ['500ms', 500],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
  ['24d', 2_073_600_000],
  ['25d', 'expected a duration of at most 24d, got "25d"'],
  ['2073600001ms', 'expected a duration of at most 24d, got "2073600001ms"'],
  ['999999999999999d', 'expected a duration of at most 24d, got "999999999999999d"'],
  ['9999999999999999ms', `${noDuration} "9999999999999999ms"`],
  ['30', `${noDuration} "30"`],
  ['1.5h', `${noDuration} "1.5h"`],
  ['-1s', `${noDuration} "-1s"`],
  ['30 s', `${noDuration} "30 s"`],
  ['30S', `${noDuration} "30S"`],
  ['s', `${noDuration} "s"`],
  ['', `${noDuration} ""`],
  [30, `${noDuration} 30`],
  [true, `${noDuration} true`],
  [null, `${noDuration} nothing`],
  [undefined, `${noDuration} nothing`],
  [['1s'], `${noDuration} a list`],
  [{}, `${noDuration} a map`],
]);

table('duration within bounds', duration({ min: '1s', max: '365d' }), [
  ['1s', 1000],
  ['999ms', 'expected a duration of at least 1s, got "999ms"'],
  ['365d', 31_536_000_000],
  ['366d', 'expected a duration of at most 365d, got "366d"'],
]);

table('duration or none', durationOrNone({ min: '1ms' }), [
  ['none', null],
  ['1ms', 1],
  ['0ms', 'expected a duration of at least 1ms, got "0ms"'],
  ['never', 'expected a duration such as "30s", got "never"'],
  [0, 'expected a duration such as "30s", or "none", got 0'],
]);

const noSize = 'expected a size such as "25MB", got';
table('size', size(), [
  ['0B', 0],
  ['512B', 512],
  ['64KB', 65_536],
  ['25MB', 26_214_400],
  ['1GB', 1_073_741_824],
  ['1048576GB', 1024 ** 5],
  ['1048577GB', 'expected a size of at most 1048576GB, got "1048577GB"'],
  ['25 megs', `${noSize} "25 megs"`],
  ['25mb', `${noSize} "25mb"`],
  ['25M', `${noSize} "25M"`],
  ['1.5MB', `${noSize} "1.5MB"`],
  [25, `${noSize} 25`],
]);

table('size within bounds', size({ min: '64B', max: '2KB' }), [
  ['64B', 64],
  ['63B', 'expected a size of at least 64B, got "63B"'],
  ['2KB', 2048],
  ['2049B', 'expected a size of at most 2KB, got "2049B"'],
]);

const noRate = 'expected a rate such as "50/s" or "10/1m", got';
table('rate', rate(), [
  ['50/s', { count: 50, window: 1000 }],
  ['10/1m', { count: 10, window: 60_000 }],
  ['10/m', { count: 10, window: 60_000 }],
  ['1/500ms', { count: 1, window: 500 }],
  ['1000000/24d', { count: 1_000_000, window: 2_073_600_000 }],
  ['1000001/s', 'expected a rate of 1 to 1000000, got "1000001/s"'],
  ['0/s', 'expected a rate of 1 to 1000000, got "0/s"'],
  ['5/0s', 'expected a rate with a time from 1ms to 24d, got "5/0s"'],
  ['5/25d', 'expected a rate with a time from 1ms to 24d, got "5/25d"'],
  ['50', `${noRate} "50"`],
  ['50/', `${noRate} "50/"`],
  ['50/10', `${noRate} "50/10"`],
  ['/s', `${noRate} "/s"`],
  [50, `${noRate} 50`],
]);
