/** A number that is written as a `double`, also where it is a whole one. */
export class RpcDouble {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}
