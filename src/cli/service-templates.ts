/** A file to be written, its path relative to a folder. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** A module of one's own beside a configuration: named there by its path. */
export function moduleFiles(name: string): readonly NewFile[] {
  return [
    { path: `${name}.ts`, text: serviceText(name, 'portico') },
    { path: `${name}.test.ts`, text: moduleTestText(name) },
    { path: `${name}.md`, text: pageText(name, `./${name}.ts`) },
  ];
}

/** A built-in type, in a checkout. */
export function builtInFiles(name: string): readonly NewFile[] {
  return [
    { path: `src/services/${name}.ts`, text: serviceText(name, '../contract/service.ts') },
    { path: `test/services/${name}.test.ts`, text: builtInTestText(name) },
    { path: `docs/services/${name}.md`, text: builtInPageText(name) },
  ];
}

/** The line for src/services/index.ts. */
export function registration(name: string): string {
  return `    ${/^[a-z]\w*$/.test(name) ? name : `'${name}'`}: async () => (await import('./${name}.ts')).default,`;
}

/** `from`: where `defineService` comes from. */
function serviceText(name: string, from: string): string {
  const own = `import { defineService } from '${from}';`;
  const zod = "import * as z from 'zod';";
  // Ours come last, those of packages in the order of their names.
  return `${from === 'portico' ? `${own}\n${zod}` : `${zod}\n\n${own}`}

export default defineService({
  name: '${name}',
  summary: 'Answers each line with a greeting',
  transports: ['stream'],
  options: z.strictObject({
    greeting: z.string().max(100).default('Hello').describe('what stands before what was said'),
  }),
  example: 'listen: tcp://127.0.0.1:2999',
  create: ({ greeting }) => ({
    // Returning closes the connection politely; throwing is logged once and drops it.
    async connection({ stream }) {
      let pending = '';
      for await (const chunk of stream) {
        const lines = (pending + String(chunk)).split('\\n');
        // A line has a limit, or a peer could fill the memory.
        pending = (lines.pop() ?? '').slice(0, 1000);
        for (const line of lines) stream.write(\`\${greeting}, \${line.trim()}!\\r\\n\`);
      }
    },
  }),
});
`;
}

function moduleTestText(name: string): string {
  return `// node --test ${name}.test.ts
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

import { createDaemon } from 'portico';

test('each line is answered', async () => {
  await using daemon = await createDaemon(
    { services: { ${JSON.stringify(name)}: { type: './${name}.ts', listen: 'tcp://127.0.0.1:0', greeting: 'Hi' } } },
    { folder: import.meta.dirname },
  );
  const socket = connect(daemon.port(${JSON.stringify(name)}), '127.0.0.1');
  socket.end('Ada\\nGrace\\n');
  assert.equal(await text(socket), 'Hi, Ada!\\r\\nHi, Grace!\\r\\n');
});
`;
}

function builtInTestText(name: string): string {
  const variable = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return `import t from 'tap';

import ${variable} from '../../src/services/${name}.ts';
import { describeService } from '../support/describe-service.ts';
import { createFakeContext } from '../support/fake-context.ts';
import { createFakeSession } from '../support/fake-session.ts';

describeService(${variable}, { send: 'Ada\\n' });

t.test('each line is answered', async (t) => {
  const service = await ${variable}.create({ greeting: 'Hi' }, createFakeContext());
  const { peer, ...fake } = createFakeSession();
  const served = fake.serve(service);
  peer.end('Ada\\nGrace\\n');
  t.equal(String(await peer.rest()), 'Hi, Ada!\\r\\nHi, Grace!\\r\\n');
  await served;
});
`;
}

function pageText(name: string, type: string): string {
  return `# ${name}

Answers each line with a greeting.

\`\`\`yaml
services:
  ${name}:
    type: ${type}
    listen: tcp://127.0.0.1:2999
    greeting: Hello
\`\`\`

| Option | Default | What it is |
| --- | --- | --- |
| \`greeting\` | \`Hello\` | what stands before what was said |
`;
}

/** What is between the marks is written by \`npm run docs\`. */
function builtInPageText(name: string): string {
  return `<!-- generated: service -->
# ${name}
<!-- /generated -->

## Notes

- What the options do not say.
`;
}
