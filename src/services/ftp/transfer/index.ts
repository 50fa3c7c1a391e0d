export { asciiIn, asciiOut, type Translation } from './ascii.ts';
export { receiveFile, type ReceiveOptions } from './receive-file.ts';
export { sendFile, type SendOptions } from './send-file.ts';
export { sendLines } from './send-lines.ts';
export type { TransferOptions, TransferResult } from './transfer.ts';
