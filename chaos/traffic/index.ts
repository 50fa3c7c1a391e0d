import type { Traffic } from '../visit.ts';
import { chat } from './chat.ts';
import { curl } from './curl.ts';
import { echo, echoLong, echoTls, echoUdp, forward } from './echo.ts';
import { count, shout } from './exec.ts';
import { ftp } from './ftp.ts';
import { daytime, syslog } from './log-messages.ts';
import { pop3, smtp } from './mail.ts';
import { tftp, tftpSingle } from './tftp.ts';
import { admin, http, upload, xmlrpc } from './web.ts';

/** All kinds of visits. */
export const traffic: readonly Traffic[] = [
  echo,
  echoTls,
  echoUdp,
  echoLong,
  forward,
  daytime,
  chat,
  shout,
  count,
  http,
  upload,
  xmlrpc,
  admin,
  smtp,
  pop3,
  ftp,
  tftp,
  tftpSingle,
  syslog,
  curl,
];
