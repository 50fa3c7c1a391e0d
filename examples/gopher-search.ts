// A search for a gopher service: the files of its folder whose text has a word in it. examples/gopher.yaml names it.
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('hole', import.meta.url));

export const title = 'Search in the files';

/** Gives the lines of a menu; a text would do as well. */
export default async function search(query: string) {
  const word = query.trim().toLowerCase();
  if (word === '') return 'What are you looking for?\n';
  const found = [];
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.txt')) continue;
    const text = await readFile(`${folder}/${name}`, 'utf8');
    if (text.toLowerCase().includes(word)) found.push({ type: '0', name, selector: `/${name}` });
  }
  return found.length > 0 ? found : [{ type: 'i', name: 'Nothing was found.' }];
}
