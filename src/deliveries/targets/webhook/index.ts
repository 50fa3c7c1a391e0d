import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';

import type { DeliveryTarget, TargetContext, TargetModule } from '../../../contract/item.ts';
import { createBody, type Body } from './body.ts';
import { dispositionOf, factHeaders } from './facts.ts';
import { webhookKind, type WebhookOptions } from './options.ts';
import { send } from './send.ts';

/** A request for each thing. Those who get it can tell repeats by X-Portico-Id, and us by X-Portico-Signature. */
const webhook: TargetModule<WebhookOptions> = { ...webhookKind, create: createWebhook };
export default webhook;

const idleMs = 10_000;

function createWebhook(options: WebhookOptions, { name: delivery }: TargetContext): DeliveryTarget {
  const { method, headers, body: kind, secret, ca } = options;
  const url = new URL(options.url);
  const agent = createAgent(url, ca);
  return {
    async deliver(item, signal) {
      signal.throwIfAborted();
      const body = createBody(kind, item, delivery);
      const own: Record<string, string> = {
        'User-Agent': 'portico',
        ...headers,
        ...factHeaders(item, delivery),
        ...(kind === 'raw' ? { 'Content-Disposition': dispositionOf('attachment', item.name) } : {}),
        ...(secret === undefined ? {} : { 'X-Portico-Signature': await signature(secret, body, signal) }),
      };
      await send({ url, method, headers: own, body, agent, signal });
    },
    async stop() {
      agent.destroy();
    },
  };
}

function createAgent({ protocol }: URL, ca: string | undefined): http.Agent {
  const common = { keepAlive: true, timeout: idleMs, scheduling: 'lifo' } as const;
  if (protocol === 'http:') return new http.Agent(common);
  return new https.Agent({ ...common, ...(ca === undefined ? {} : { ca: fs.readFileSync(ca) }) });
}

/** Of all of the body, which is read once more when it is sent: it may be larger than the memory. */
async function signature(secret: string, body: Body, signal: AbortSignal): Promise<string> {
  const hmac = createHmac('sha256', secret);
  for await (const chunk of body.read(signal)) hmac.update(chunk);
  return `sha256=${hmac.digest('hex')}`;
}
