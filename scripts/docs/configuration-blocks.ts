import * as z from 'zod';

import { describeOptions } from '../../src/config/describe-options.ts';
import { certificateShapes } from '../../src/config/certificate-shapes.ts';
import { deliveryShape } from '../../src/config/delivery-frame.ts';
import { adminShape, daemonShape, loggingShape } from '../../src/config/frame.ts';
import { serviceShape } from '../../src/config/service-frame.ts';
import { targetKinds } from '../../src/deliveries/target-options.ts';
import type { Blocks } from './fill-blocks.ts';
import { optionTable } from './markdown.ts';

/** A table for each part of the configuration file. */
export function configurationBlocks(): Blocks {
  const [, consoleOutput, fileOutput, syslogOutput] = loggingShape.outputs.unwrap().element.options;
  const [, listenObject] = serviceShape.listen.unwrap().in.options;
  return {
    daemon: options(z.strictObject(daemonShape)),
    logging: options(z.strictObject(loggingShape)),
    'output-console': options(consoleOutput),
    'output-file': options(fileOutput),
    'output-syslog': options(syslogOutput),
    admin: options(z.strictObject(adminShape)),
    'certificate-files': options(z.strictObject(certificateShapes.cert)),
    'certificate-self-signed': options(z.strictObject(certificateShapes.self_signed)),
    'certificate-acme': options(z.strictObject(certificateShapes.acme)),
    deliveries: options(z.strictObject(deliveryShape)),
    'delivery-retry': options(deliveryShape.retry),
    'delivery-when': options(deliveryShape.when),
    ...Object.fromEntries([...targetKinds.values()].map((kind) => [`delivery-${kind.name}`, options(kind.options)])),
    services: options(z.strictObject(serviceShape)),
    listen: options(listenObject),
    access: options(serviceShape.access),
    limits: options(serviceShape.limits),
    tls: options(serviceShape.tls),
  };
}

function options(schema: z.ZodType): string {
  return optionTable(describeOptions({ options: schema }));
}
