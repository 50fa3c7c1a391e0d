export interface RpcLimits {
  /** How deep values may stand in each other. */
  readonly depth: number;
  /** How many values there may be in all, members of structs and arrays included. */
  readonly values: number;
}

export const defaultRpcLimits: RpcLimits = { depth: 64, values: 100_000 };
