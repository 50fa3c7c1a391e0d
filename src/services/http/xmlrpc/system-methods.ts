import { faultCodes, XmlRpcFault, type RpcValue } from '../../../contract/rpc.ts';
import type { InnerContext, Invocation } from './invoke.ts';
import { createMethod, type Method, type Methods } from './method.ts';

const multicallName = 'system.multicall';
const maxCalls = 1_000;

/** The methods that every server has, about `methods`, to which they may be added. */
export function createSystemMethods(methods: Methods, hasIntrospection: boolean): readonly Method[] {
  const find = (name: string): Method => {
    const method = methods.get(name);
    if (method === undefined) throw new XmlRpcFault(faultCodes.unknownMethod, 'no method of that name');
    return method;
  };
  const introspection = [
    createMethod('system.listMethods', {
      signature: ['array'],
      help: 'The names of all methods.',
      call: () => [...methods.keys()].sort(),
    }),
    createMethod('system.methodSignature', {
      signature: ['any', 'string'],
      help: 'The signatures of a method, each an array of its result\'s type and those of the parameters; "any" stands for every type. "undef" where it has none.',
      call: (name: string) => {
        const { signatures } = find(name);
        return signatures.length === 0 ? 'undef' : signatures;
      },
    }),
    createMethod('system.methodHelp', {
      signature: ['string', 'string'],
      help: 'What a method is for.',
      call: (name: string) => find(name).help,
    }),
  ];
  return [
    ...(hasIntrospection ? introspection : []),
    createMethod('system.getCapabilities', {
      signature: ['struct'],
      help: 'Which specifications this server follows, and in which version.',
      call: () => capabilities(hasIntrospection),
    }),
    createMethod(multicallName, {
      signature: ['array', 'array'],
      help: `Calls several methods, one after the other: takes structs of methodName and params, at most ${maxCalls}, and gives for each an array with its result, or a fault's struct.`,
      call(calls: readonly RpcValue[]) {
        return multicall(this as InnerContext, calls);
      },
    }),
  ];
}

async function multicall(context: InnerContext, calls: readonly RpcValue[]): Promise<unknown[]> {
  if (calls.length > maxCalls) {
    throw new XmlRpcFault(faultCodes.invalidParams, `${multicallName}: expected at most ${maxCalls} calls`);
  }
  const results: unknown[] = [];
  for (const call of calls) {
    // Nobody is left to hear of the others.
    if (context.signal.aborted) break;
    results.push(await resultOf(context, call));
  }
  return results;
}

async function resultOf(context: InnerContext, call: RpcValue): Promise<unknown> {
  try {
    return [await context.invoke(readCall(call))];
  } catch (error) {
    if (!(error instanceof XmlRpcFault)) throw error;
    const { code, message } = error;
    return { faultCode: code, faultString: message };
  }
}

function readCall(call: RpcValue): Invocation {
  const { methodName, params } = (typeof call === 'object' && call !== null ? call : {}) as Record<string, unknown>;
  if (typeof methodName !== 'string' || !Array.isArray(params)) {
    throw new XmlRpcFault(faultCodes.invalidParams, `${multicallName}: expected a struct of methodName and params`);
  }
  if (methodName === multicallName) {
    throw new XmlRpcFault(faultCodes.invalidRequest, `${multicallName} cannot call itself`);
  }
  return { method: methodName, params: params as readonly RpcValue[] };
}

function capabilities(hasIntrospection: boolean): Record<string, { specUrl: string; specVersion: number }> {
  const spec = (specUrl: string, specVersion: number) => ({ specUrl, specVersion });
  return {
    xmlrpc: spec('http://www.xmlrpc.com/spec', 1),
    faults_interop: spec('http://xmlrpc-epi.sourceforge.net/specs/rfc.fault_codes.php', 20010516),
    'system.multicall': spec('http://www.xmlrpc.com/discuss/msgReader$1208', 1),
    ...(hasIntrospection
      ? { introspection: spec('http://xmlrpc-c.sourceforge.net/xmlrpc-c/introspection.html', 1) }
      : {}),
    nil: spec('http://www.ontosys.com/xml-rpc/extensions.php', 20010518),
    'json-rpc': spec('https://www.jsonrpc.org/specification', 2),
  };
}
