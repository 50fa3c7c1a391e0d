/** The words everyone shares. */
export * from './bus.ts';
export * from './data-connection.ts';
export * from './delivery.ts';
export * from './disk.ts';
export * from './endpoint.ts';
export * from './errors.ts';
export * from './item.ts';
export * from './logger.ts';
export * from './metrics.ts';
export * from './plan.ts';
export * from './program.ts';
export * from './service.ts';
export * from './session.ts';
export * from './tree.ts';
