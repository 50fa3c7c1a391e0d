import { readFileSync } from 'node:fs';

/** "smtp/tcp" to 25. */
export type PortTable = ReadonlyMap<string, number>;

let known: PortTable | undefined;

/** Number of a port name in the services database (services(5)), or null. Read once; a small table serves where there is none. */
export function findPort(name: string, protocol: 'tcp' | 'udp'): number | null {
  known ??= readPortTable('/etc/services');
  const key = `${name}/${protocol}`;
  return known.get(key) ?? commonPorts.get(key) ?? null;
}

export function readPortTable(file: string): PortTable {
  try {
    return parsePortTable(readFileSync(file, 'utf8'));
  } catch {
    // Small containers have no such file; the common names are known without it.
    return commonPorts;
  }
}

/** Lines of `name port/protocol aliases… # remark`; what is not of that shape is passed over. The first of a name counts. */
export function parsePortTable(text: string): PortTable {
  const table = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [name, target, ...aliases] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/);
    const match = /^(\d{1,5})\/(tcp|udp)$/.exec(target ?? '');
    if (name === undefined || match === null) continue;
    const port = Number(match[1]);
    if (port > 65535) continue;
    for (const each of [name, ...aliases]) {
      const key = `${each}/${match[2]}`;
      if (!table.has(key)) table.set(key, port);
    }
  }
  return table;
}

const commonPorts: PortTable = parsePortTable(`
echo 7/tcp
echo 7/udp
discard 9/tcp
discard 9/udp
daytime 13/tcp
daytime 13/udp
qotd 17/tcp
qotd 17/udp
chargen 19/tcp
chargen 19/udp
ftp 21/tcp
ssh 22/tcp
telnet 23/tcp
smtp 25/tcp
time 37/tcp
time 37/udp
domain 53/tcp
domain 53/udp
tftp 69/udp
gopher 70/tcp
finger 79/tcp
http 80/tcp
pop3 110/tcp
ntp 123/udp
imap 143/tcp imap2
https 443/tcp
submissions 465/tcp smtps
syslog 514/udp
submission 587/tcp
ftps 990/tcp
imaps 993/tcp
pop3s 995/tcp
syslog-tls 6514/tcp
`);
