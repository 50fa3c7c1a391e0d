import { XmlRpcFault } from '../../../contract/rpc.ts';
import { createCallReader, type RpcCall } from '../../../wire/xmlrpc/call.ts';
import { writeFault, writeResponse } from '../../../wire/xmlrpc/write.ts';
import type { Exchange } from '../route.ts';
import { invoke } from './invoke.ts';
import type { Methods } from './method.ts';
import { readBody } from './read-body.ts';

export interface AnswerOptions {
  readonly methods: Methods;
  readonly maxBodyBytes: number;
}

/** A methodCall to its methodResponse. */
export async function answerXml(
  exchange: Exchange,
  charset: string | null,
  { methods, maxBodyBytes }: AnswerOptions,
): Promise<string> {
  try {
    const call = await readCall(exchange, charset, maxBodyBytes);
    return await invoke({ methods, exchange, notation: 'xml', write: writeResponse }, call);
  } catch (error) {
    if (error instanceof XmlRpcFault) return writeFault(error.code, error.message);
    throw error;
  }
}

/** Parses while the body comes. After a fault the rest is only read, so that the answer can be. */
async function readCall({ request }: Exchange, charset: string | null, maxBodyBytes: number): Promise<RpcCall> {
  const reader = createCallReader(charset);
  let fault: unknown;
  await readBody(request, maxBodyBytes, (chunk) => {
    if (fault !== undefined) return;
    try {
      reader.write(chunk);
    } catch (error) {
      fault = error;
    }
  });
  if (fault !== undefined) throw fault;
  return reader.end();
}
