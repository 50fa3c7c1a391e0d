import type { OpenPart } from '../part.ts';
import { openCourier } from './courier.ts';
import { openExec, openTcp, openUdp } from './echo.ts';
import { openFtp } from './ftp.ts';
import { openHttp } from './http.ts';
import { openMemory } from './memory.ts';
import { openPop3 } from './pop3.ts';
import { openSftp } from './sftp.ts';
import { openSmtp } from './smtp.ts';
import { openStart } from './start.ts';
import { openSyslog } from './syslog.ts';
import { openXmlRpc } from './xmlrpc.ts';

/** In the order in which they are measured. */
export const openParts: Readonly<Record<string, OpenPart>> = {
  tcp: openTcp,
  exec: openExec,
  udp: openUdp,
  start: openStart,
  memory: openMemory,
  ftp: openFtp,
  sftp: openSftp,
  http: openHttp,
  xmlrpc: openXmlRpc,
  smtp: openSmtp,
  pop3: openPop3,
  courier: openCourier,
  syslog: openSyslog,
};
