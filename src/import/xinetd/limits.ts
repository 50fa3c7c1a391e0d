import type { Draft } from '../draft.ts';
import type { Settings } from './attributes.ts';

const maxCount = 1_000_000;

/** instances, per_source and cps as `limits`; of a program that has the socket itself there is nothing to limit. */
export function limitDraft(draft: Draft, settings: Settings): void {
  const limits: Record<string, unknown> = {};
  const leave = (name: string): void =>
    void draft.remarks.push(`left out: ${name} ${settings.values(name)?.join(' ') ?? ''}`.trimEnd());
  const instances = settings.first('instances');
  const isUnlimited = instances?.toUpperCase() === 'UNLIMITED';
  if (instances !== null && !isUnlimited) {
    const count = countOf(instances);
    if (count === null) leave('instances');
    else limits['connections'] = count;
  }
  const perSource = settings.first('per_source');
  if (perSource !== null && perSource.toUpperCase() !== 'UNLIMITED') {
    const count = countOf(perSource);
    if (count === null) leave('per_source');
    else limits['per_source'] = count;
  }
  const cps = settings.values('cps');
  if (cps !== null) {
    const [rate, pause] = [countOf(cps[0] ?? ''), countOf(cps[1] ?? '')];
    if (rate === null || pause === null) leave('cps');
    else Object.assign(limits, { rate: `${rate}/s`, pause: `${pause}s` });
  }
  if (draft.options['wait'] !== true) {
    draft.limits = limits;
    // Each may need descriptors: there is no number that stands for "without end".
    if (isUnlimited)
      draft.remarks.push('instances UNLIMITED: at most 1000 at once here; limits.connections raises that');
  } else {
    const names = ['instances', 'per_source', 'cps'].filter((name) => settings.isOwn(name));
    if (names.length > 0)
      draft.remarks.push(`left out: ${names.join(', ')}, because with "wait" the program takes what arrives by itself`);
  }
}

function countOf(text: string): number | null {
  return /^\d{1,7}$/.test(text) && Number(text) >= 1 && Number(text) <= maxCount ? Number(text) : null;
}
