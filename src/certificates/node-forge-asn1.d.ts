// The whole of node-forge is 42 files and 35 ms, its ASN.1 alone 5 files and 4 ms. This is what we use of it.
declare module 'node-forge/lib/asn1.js' {
  /** Bytes are strings, one a character. */
  interface ByteBuffer {
    getBytes(): string;
  }
  export interface Asn1 {
    readonly value: string | readonly Asn1[];
  }
  const asn1: {
    readonly Class: { readonly UNIVERSAL: number; readonly CONTEXT_SPECIFIC: number };
    readonly Type: Readonly<
      Record<
        | 'BOOLEAN'
        | 'INTEGER'
        | 'BITSTRING'
        | 'OCTETSTRING'
        | 'NULL'
        | 'OID'
        | 'UTF8'
        | 'SEQUENCE'
        | 'SET'
        | 'UTCTIME'
        | 'GENERALIZEDTIME'
        | 'BMPSTRING',
        number
      >
    >;
    create(tagClass: number, type: number, isConstructed: boolean, value: string | readonly Asn1[]): Asn1;
    toDer(node: Asn1): ByteBuffer;
    oidToDer(dotted: string): ByteBuffer;
    integerToDer(value: number): ByteBuffer;
    dateToUtcTime(date: Date): string;
    dateToGeneralizedTime(date: Date): string;
  };
  export default asn1;
}
