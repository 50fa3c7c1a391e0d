import t from 'tap';

import smtp from '../../../src/services/smtp/index.ts';
import { describeService } from '../../support/describe-service.ts';

describeService(smtp, {
  options: { hostname: 'mx.example' },
  send: 'EHLO me\r\nNOOP\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nQUIT\r\n',
});

t.test('shows a command that reaches it', async (t) => {
  const at = { kind: 'tcp', host: '127.0.0.1', port: 2025, path: '' } as const;
  t.equal(smtp.trial?.(at), 'curl -X NOOP smtp://127.0.0.1:2025');
  t.equal(smtp.trial?.({ ...at, kind: 'tls', host: '::' }), 'curl -X NOOP -k smtps://[::1]:2025');
});
