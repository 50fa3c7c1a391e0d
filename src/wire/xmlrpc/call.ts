import type { RpcValue } from '../../contract/rpc.ts';
import { defaultRpcLimits, type RpcLimits } from './limits.ts';
import { createReader } from './reader.ts';

export interface RpcCall {
  readonly method: string;
  readonly params: readonly RpcValue[];
}

export interface CallReader {
  write(bytes: Buffer): void;
  end(): RpcCall;
}

/** Reads a methodCall, in pieces as they come; both members throw an XmlRpcFault for what is none. */
export function createCallReader(charset: string | null = null, limits: RpcLimits = defaultRpcLimits): CallReader {
  const reader = createReader({ root: 'methodCall', charset, limits });
  return {
    write: reader.write,
    end() {
      const { methodName, params } = reader.end();
      return { method: methodName ?? '', params };
    },
  };
}
