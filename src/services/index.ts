import type { ServiceModule } from '../contract/service.ts';
import chargen from './chargen.ts';
import chat from './chat/index.ts';
import daytime from './daytime.ts';
import discard from './discard.ts';
import echo from './echo.ts';
import exec from './exec/index.ts';
import forward from './forward/index.ts';
import qotd from './qotd.ts';
import time from './time.ts';

const modules: readonly ServiceModule[] = [echo, discard, daytime, time, chargen, qotd, exec, forward, chat];

/** All built-in service types, by name. The only list. */
export const services: ReadonlyMap<string, ServiceModule> = new Map(modules.map((module) => [module.name, module]));
