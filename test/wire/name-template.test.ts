import t from 'tap';

import { dateWords, expandTemplate, flawOfTemplate } from '../../src/wire/name-template.ts';

t.test('templates that will do', async (t) => {
  for (const template of ['{name}', 'a', '{date}/{name}', '{account}/{id}.{extension}', 'in/{service}-{time}'])
    t.equal(flawOfTemplate(template), null, template);
});

t.test('templates that will not', async (t) => {
  const words = '{service} {account} {name} {id} {date} {time} {from} {to} {subject} {extension}';
  for (const [template, flaw] of [
    ['', 'a name'],
    ['/{name}', 'a name without a slash at its ends'],
    ['{name}/', 'a name without a slash at its ends'],
    ['a//b', 'a name without empty folders'],
    ['../{name}', 'no part of the name to begin with a dot'],
    ['a/../{name}', 'no part of the name to begin with a dot'],
    ['.{name}', 'no part of the name to begin with a dot'],
    ['a\\{name}', 'a name without control characters'],
    ['a\n', 'a name without control characters'],
    ['{nam}', `placeholders out of ${words}`],
    ['{}', `placeholders out of ${words}`],
    ['{name', 'every brace to have its other half'],
    ['{{name}}', 'every brace to have its other half'],
  ] as const)
    t.equal(flawOfTemplate(template), flaw, JSON.stringify(template));
});

t.test('what a template gives', async (t) => {
  for (const [template, values, parts] of [
    ['{name}', { name: 'a' }, ['a']],
    ['{date}/{name}', { date: '2026-01-31', name: 'a' }, ['2026-01-31', 'a']],
    ['{name}', { name: 'a/../b' }, ['a_.._b']],
    ['{name}', { name: '..' }, ['_..']],
    ['{account}/{name}', { account: '', name: '.a' }, ['_', '_.a']],
    ['{id}.{extension}', { id: '7' }, ['7.']],
    ['{name}{name}', { name: '{id}', id: 'x' }, ['{id}{id}']],
    ['{subject}', { subject: 'a\0\u202eb\\' }, ['a__b_']],
    // What is not known leaves no blank where it would have been.
    ['{from}/{subject} {name}', { name: 'scan.pdf' }, ['_', 'scan.pdf']],
    ['{name} {subject}/{subject}', { name: 'a', subject: ' ' }, ['a', '_']],
    ['{subject}', { subject: ' .bashrc ' }, ['_.bashrc']],
  ] as const)
    t.same(expandTemplate(template, values), parts, template);
});

t.test('the day and the time', async (t) => {
  t.same(dateWords(new Date(2026, 0, 2, 3, 4, 5)), { date: '2026-01-02', time: '030405' });
});
