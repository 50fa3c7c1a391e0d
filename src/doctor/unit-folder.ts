import { realpathSync } from 'node:fs';

/**
 * Whether a path is in a folder that systemd keeps for a unit with `DynamicUser=`: only root gets in from outside, and the unit sees it as its
 * own. Who owns it is the service manager's affair, which may even show other owners inside than outside (systemd.exec(5)).
 */
export function isOfUnit(path: string): boolean {
  return isPrivate(realpathSync(path));
}

/** Of a path without links. */
export function isPrivate(path: string): boolean {
  return /^\/var\/(?:lib|log|cache)\/private\/./.test(path);
}
