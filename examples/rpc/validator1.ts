// The methods of UserLand's validator ("validator1"), by which implementations of XML-RPC were tried since 1999.

type Stooges = Readonly<Record<'larry' | 'moe' | 'curly', number>>;

/** The sum of all members "curly". */
export function arrayOfStructsTest(stooges: readonly Stooges[]): number {
  return stooges.reduce((sum, { curly }) => sum + curly, 0);
}

export function countTheEntities(text: string): Record<string, number> {
  const count = (character: string): number => text.split(character).length - 1;
  return {
    ctLeftAngleBrackets: count('<'),
    ctRightAngleBrackets: count('>'),
    ctAmpersands: count('&'),
    ctApostrophes: count("'"),
    ctQuotes: count('"'),
  };
}

export function easyStructTest({ larry, moe, curly }: Stooges): number {
  return larry + moe + curly;
}

export function echoStructTest(struct: object): object {
  return struct;
}

export function manyTypesTest(...values: readonly unknown[]): readonly unknown[] {
  return values;
}

export function moderateSizeArrayCheck(texts: readonly string[]): string {
  return `${texts[0] ?? ''}${texts.at(-1) ?? ''}`;
}

/** The stooges of April 1, 2000, in a calendar of years, months and days. */
export function nestedStructTest(calendar: Readonly<Record<string, Record<string, Record<string, Stooges>>>>): number {
  const day = calendar['2000']?.['04']?.['01'];
  return day === undefined ? 0 : easyStructTest(day);
}

export function simpleStructReturnTest(number: number): Record<string, number> {
  return { times10: number * 10, times100: number * 100, times1000: number * 1000 };
}
