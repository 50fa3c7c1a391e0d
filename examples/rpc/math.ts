import { XmlRpcFault, type RpcContext } from 'portico';

// Every member is a method: with `math` as the prefix, "math.add" and so on. A plain function would do; the signature has
// parameters checked before the call, and both are shown to who asks.

export default {
  add: {
    signature: ['int', 'int', 'int'],
    help: 'The sum of two integers.',
    call: (a: number, b: number) => a + b,
  },

  divide: {
    signature: ['double', 'double', 'double'],
    help: 'Refuses to divide by nothing.',
    call(a: number, b: number) {
      // What is thrown as a fault is for the peer; of anything else it only learns that the method failed.
      if (b === 0) throw new XmlRpcFault(1, 'There is no such number.');
      return a / b;
    },
  },

  mean: {
    signature: ['double', 'array'],
    help: 'The mean of the numbers in an array.',
    call(numbers: readonly number[]) {
      if (numbers.length === 0) throw new XmlRpcFault(1, 'Nothing has no mean.');
      return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    },
  },

  whoami: {
    signature: ['struct'],
    help: 'What is known of who calls.',
    call(this: RpcContext) {
      return { address: this.peer.address, account: this.account?.name ?? null, session: this.session };
    },
  },
};
