import type { TestDaemon } from '../support/daemon.ts';

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

/** Asks the daemon's admin listener. */
export async function get(daemon: TestDaemon, path: string): Promise<Answer> {
  const { admin } = await daemon.status();
  const response = await fetch(`${admin?.replace('tcp://', 'http://')}${path}`);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

/** The samples of a scrape: `name{labels}` with their values. */
export async function scrape(daemon: TestDaemon): Promise<ReadonlyMap<string, number>> {
  const { status, text } = await get(daemon, '/metrics');
  if (status !== 200) throw new Error(`a scrape was answered ${status}: ${text}`);
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}
