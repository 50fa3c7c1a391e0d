import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import t from 'tap';

import { libc } from '../../src/system/libc.ts';
import { portico, plainly } from '../support/daemon.ts';
import { needProgram } from '../support/peers.ts';
import { shortFolder } from '../system/short-folder.ts';

const run = promisify(execFile);
const options = { skip: libc === null ? 'needs node:ffi' : false };

/** What systemd does with FDSTORE=1: it keeps the descriptors, and gives them to the next start of the unit. */
const serviceManager = `
import array, os, re, signal, socket, subprocess, sys
folder, command = sys.argv[1], sys.argv[2:]
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.settimeout(60)
manager.bind(folder + '/notify')
stored = {}

def start():
    def prepare():
        for number, fd in enumerate(stored.values()):
            os.dup2(fd, 3 + number)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(stored)), LISTEN_FDNAMES=':'.join(stored))
        os.environ['NOTIFY_SOCKET'] = folder + '/notify'
        os.execvp(command[0], command)
    child = os.fork()
    if child == 0:
        prepare()
    while True:
        text, fds, _, _ = socket.recv_fds(manager, 4096, 4)
        lines = text.decode().split('\\n')
        if 'FDSTORE=1' in lines:
            name = [line[7:] for line in lines if line.startswith('FDNAME=')][0]
            if name in stored:
                os.close(fds[0])
            else:
                # High, so that no copy for the next start falls on it.
                stored[name] = os.dup2(fds[0], 100 + len(stored))
                os.close(fds[0])
        if 'READY=1' in lines:
            return child

def stop(child):
    os.kill(child, signal.SIGTERM)
    print('ended with', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

first = start()
for name in stored:
    print('kept', re.sub(r'%20', ' ', name))
tcp = [fd for name, fd in stored.items() if 'stream' in name][0]
address = socket.fromfd(tcp, socket.AF_INET, socket.SOCK_STREAM).getsockname()
stop(first)
waiting = socket.create_connection(address, timeout=60)
waiting.sendall(b'sent while nobody ran')
second = start()
print('answered', waiting.recv(100).decode())
waiting.close()
print('still', len(stored))
stop(second)
`;

t.test('a restart by the service manager refuses nobody: it keeps the sockets meanwhile', options, async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null) return;
  const folder = shortFolder(t);
  const file = join(folder, 'daemon.config.yaml');
  writeFileSync(
    file,
    `
daemon: { state: ./var, runtime: ./run }
services: { echo: { listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0, unix:./echo.sock] } }
logging: { outputs: [{ file: ./log }] }
`,
  );
  const command = [...plainly, process.execPath, portico, 'run', '-c', file];
  const { stdout } = await run(python, ['-c', serviceManager, folder, ...command], { timeout: 120_000 });
  t.match(stdout.match(/^(?:kept|ended|answered|still).*$/gm), [
    'kept portico-stored portico-stream 127.0.0.1 0%23echo%2F0',
    'kept portico-stored portico-datagram 127.0.0.1 0%23echo%2F1',
    'ended with 0',
    'answered sent while nobody ran',
    'still 2',
    'ended with 0',
  ]);
});
