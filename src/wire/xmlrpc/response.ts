import { XmlRpcFault, type RpcValue } from '../../contract/rpc.ts';
import { defaultRpcLimits, type RpcLimits } from './limits.ts';
import { createReader } from './reader.ts';

export interface ResponseReader {
  write(bytes: Buffer): void;
  /** The result; or the fault that the peer answered with, where it is no error to have got one. */
  end(): RpcValue | XmlRpcFault;
}

/** Reads a methodResponse, in pieces as they come. Throws an Error that says what is wrong with it. */
export function createResponseReader(
  charset: string | null = null,
  limits: RpcLimits = defaultRpcLimits,
): ResponseReader {
  const reader = createReader({ root: 'methodResponse', charset, limits });
  return {
    write: (bytes) => plainly(() => reader.write(bytes)),
    end() {
      const { params, fault } = plainly(reader.end);
      if (fault !== undefined) return readFault(fault);
      const [value, ...more] = params;
      if (value === undefined || more.length > 0) throw new Error(`expected one result, got ${params.length}`);
      return value;
    },
  };
}

/** A fault comes from the peer or not at all: what is wrong with its answer is none. */
function plainly<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof XmlRpcFault ? new Error(error.message, { cause: error }) : error;
  }
}

/** The fault of a struct with `faultCode` and `faultString`, as in answers and in those of system.multicall. */
export function readFault(value: RpcValue): XmlRpcFault {
  const { faultCode, faultString } = (typeof value === 'object' && value !== null ? value : {}) as {
    readonly [name: string]: unknown;
  };
  if (typeof faultCode !== 'number' || typeof faultString !== 'string') {
    throw new Error('expected a fault with faultCode and faultString');
  }
  return new XmlRpcFault(faultCode, faultString);
}
