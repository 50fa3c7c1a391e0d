import { isUtf8 } from 'node:buffer';

import { reasonOf } from '../../../contract/errors.ts';
import { faultCodes, XmlRpcFault, type RpcValue } from '../../../contract/rpc.ts';
import { createGathered } from '../../../wire/gathered.ts';
import { readJson } from '../../../wire/json-rpc/read.ts';
import { writeJson } from '../../../wire/json-rpc/write.ts';
import { maxWrittenLength } from '../../../wire/xmlrpc/write.ts';
import type { Exchange } from '../route.ts';
import type { AnswerOptions } from './answer-xml.ts';
import { invoke, type InvokeOptions } from './invoke.ts';
import { readBody } from './read-body.ts';

const maxBatch = 1_000;

/** A JSON-RPC 2.0 request or batch to its answer; null: there is nothing to say to notifications. */
export async function answerJson(exchange: Exchange, { methods, maxBodyBytes }: AnswerOptions): Promise<string | null> {
  const body = createGathered();
  await readBody(exchange.request, maxBodyBytes, body.add);
  let request: RpcValue;
  try {
    request = parse(Buffer.concat(body.take()));
  } catch (error) {
    return writeError(error as XmlRpcFault, null);
  }
  const options: InvokeOptions = { methods, exchange, notation: 'json', write: writeJson };
  return Array.isArray(request) ? answerBatch(options, request) : answerOne(options, request);
}

function parse(bytes: Buffer): RpcValue {
  if (!isUtf8(bytes)) throw new XmlRpcFault(faultCodes.notWellFormed, 'not JSON: not utf-8');
  try {
    return readJson(bytes.toString());
  } catch (error) {
    const code = error instanceof SyntaxError ? faultCodes.notWellFormed : faultCodes.invalidRequest;
    throw new XmlRpcFault(code, error instanceof SyntaxError ? 'not JSON' : reasonOf(error), { cause: error });
  }
}

/** One after the other: those of one peer do not take the place of others. */
async function answerBatch(options: InvokeOptions, requests: readonly RpcValue[]): Promise<string | null> {
  if (requests.length === 0 || requests.length > maxBatch) {
    return writeError(invalidRequest(`expected a batch of 1 to ${maxBatch} requests`), null);
  }
  const answers: string[] = [];
  let length = 0;
  for (const request of requests) {
    if (options.exchange.signal.aborted) break;
    const answer = await answerOne(options, request);
    if (answer === null) continue;
    length += answer.length;
    // Each answer has a limit of its own, and there are many. What was called stays called; nothing more is.
    if (length > maxWrittenLength) return writeError(tooMuch, null);
    answers.push(answer);
  }
  return answers.length === 0 ? null : `[${answers.join(',')}]`;
}

const tooMuch = new XmlRpcFault(
  faultCodes.internal,
  `the answers have more than ${maxWrittenLength} characters together: no more of the batch was called`,
);

type Id = string | number | bigint | null;

async function answerOne(options: InvokeOptions, request: RpcValue): Promise<string | null> {
  const { jsonrpc, method, params = [], id } = (isMembers(request) ? request : {}) as Record<string, RpcValue>;
  const isIdentified = id === null || typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint';
  if (jsonrpc !== '2.0' || typeof method !== 'string' || (id !== undefined && !isIdentified)) {
    return writeError(invalidRequest('expected a request of JSON-RPC 2.0'), isIdentified ? id : null);
  }
  const isNotification = id === undefined;
  try {
    const result = await invoke(options, { method, params: positional(params) });
    return isNotification ? null : `{"jsonrpc":"2.0","result":${result},"id":${writeJson(id)}}`;
  } catch (error) {
    if (!(error instanceof XmlRpcFault)) throw error;
    return isNotification ? null : writeError(error, id);
  }
}

function positional(params: RpcValue): readonly RpcValue[] {
  if (Array.isArray(params)) return params;
  if (isMembers(params))
    throw new XmlRpcFault(faultCodes.invalidParams, 'expected parameters by position, in an array');
  throw invalidRequest('expected parameters in an array');
}

function isMembers(value: RpcValue): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalidRequest(message: string): XmlRpcFault {
  return new XmlRpcFault(faultCodes.invalidRequest, message);
}

/** JSON-RPC has one code of its own for a method that failed. */
function writeError({ code, message }: XmlRpcFault, id: Id): string {
  const error = { code: code === faultCodes.application ? faultCodes.internal : code, message };
  return `{"jsonrpc":"2.0","error":${JSON.stringify(error)},"id":${writeJson(id)}}`;
}
