export { createDataChannel, type DataChannel, type DataChannelOptions, type PassiveEndpoint } from './channel.ts';
export { passivePorts } from './passive-ports-option.ts';
export { publicAddress, type PublicAddressPlan } from './public-address-option.ts';
export { createPublicAddresses, type PublicAddresses } from './public-addresses.ts';
