/** Option types that the frame of the configuration and the services share. */
export { hours, network, parseHours, parseNetwork } from './access-options.ts';
export {
  address,
  parseAddress,
  usePortNames,
  type AddressKind,
  type AddressRules,
  type PortNames,
} from './address-option.ts';
export { fileMode, parseFileMode, parsePath, path } from './file-options.ts';
export { OptionError, show, withBase } from './option-text.ts';
export {
  duration,
  durationOrNone,
  parseDuration,
  parseRate,
  parseSize,
  rate,
  size,
  type Bounds,
} from './quantity-options.ts';
