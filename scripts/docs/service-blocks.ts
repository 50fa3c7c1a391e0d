import { describeOptions } from '../../src/config/describe-options.ts';
import type { ServiceModule, Transport } from '../../src/contract/service.ts';
import type { Blocks } from './fill-blocks.ts';
import { optionTable, table } from './markdown.ts';

/** The head of a service's own page. */
export function serviceBlocks(module: ServiceModule): Blocks {
  return {
    service: [
      `# ${module.name}`,
      `${module.summary}.`,
      `Listens on ${addressesOf(module.transports)}. ${idleLine(module)}`.trimEnd(),
      `## Options`,
      optionsOf(module),
      `Beside these it takes what [every service](../configuration.md#services) takes.`,
      `## Example`,
      `\`\`\`yaml\n${exampleOf(module)}\`\`\``,
    ].join('\n\n'),
  };
}

/** The list of all services in the README. */
export function servicesBlocks(services: ReadonlyMap<string, ServiceModule>): Blocks {
  const rows = [...services.values()].map(({ name, transports, summary }) => [
    `[\`${name}\`](docs/services/${name}.md)`,
    transports.join(', '),
    summary,
  ]);
  return { services: table(['Type', 'Transports', 'What it does'], rows) };
}

function addressesOf(transports: readonly Transport[]): string {
  const kinds = [
    ...(transports.includes('stream') ? ['`tcp://`', '`tls://`', '`unix:`'] : []),
    ...(transports.includes('datagram') ? ['`udp://`'] : []),
    '`socket:`',
  ];
  return `${kinds.slice(0, -1).join(', ')} and ${kinds.at(-1)} addresses`;
}

function idleLine({ defaults, transports }: ServiceModule): string {
  // Datagrams make no session.
  if (!transports.includes('stream')) return '';
  if (defaults?.idle === undefined) return 'A session without a byte either way ends after 5 minutes.';
  if (defaults.idle === null) return 'Idle sessions are not ended, unless `limits.idle` says so.';
  return `A session without a byte either way ends after ${spoken(defaults.idle)}.`;
}

function spoken(ms: number): string {
  const [unit, name] =
    ms % 86_400_000 === 0 ? [86_400_000, 'day'] : ms % 3_600_000 === 0 ? [3_600_000, 'hour'] : [60_000, 'minute'];
  return `${ms / unit} ${name}${ms === unit ? '' : 's'}`;
}

function optionsOf(module: ServiceModule): string {
  const rows = describeOptions(module, { hasMembers: true });
  return rows.length === 0 ? 'None of its own.' : optionTable(rows);
}

/** As it stands in a configuration. */
function exampleOf({ name, example }: ServiceModule): string {
  const lines = example.trimEnd().split('\n');
  return `services:\n  ${name}:\n${lines.map((line) => (line === '' ? '\n' : `    ${line}\n`)).join('')}`;
}
