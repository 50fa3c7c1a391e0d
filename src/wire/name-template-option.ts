import type * as z from 'zod';

import { mistaken, textOption } from '../contract/option-text.ts';
import { flawOfTemplate } from './name-template.ts';

/** A name with placeholders such as "{date}/{name}". */
export function nameTemplate(): z.ZodType<string, string> {
  return textOption({
    title: 'name template',
    expected: 'a name such as "{date}/{name}"',
    examples: ['{name}', '{date}/{name}', '{account}/{id}.{extension}'],
    parse(text) {
      const flaw = flawOfTemplate(text);
      if (flaw !== null) throw mistaken(flaw, text);
      return text;
    },
  });
}
