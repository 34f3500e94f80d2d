/** All groups, in the order in which they run. */
import type { Group } from '../engine.js';
import { concurrency } from './concurrency.js';
import { depth, fileTypes, linkContent, names } from './content.js';
import { clocks, hardLinks, limits, mounts } from './disk.js';
import { errors, lies } from './errors.js';
import { forged } from './forged.js';
import { kills } from './kills.js';
import { killsNested } from './kills-nested.js';
import { looks } from './looks.js';
import { manifests } from './manifests.js';
import { order } from './order.js';
import { power } from './power.js';
import { raced, symlinks } from './symlinks.js';

export const GROUPS: readonly Group[] = [
  ...[order, kills, killsNested, power, errors, looks, lies],
  ...[linkContent, fileTypes, names, depth, manifests],
  ...[mounts, hardLinks, clocks, limits],
  ...[symlinks, raced, forged, concurrency],
];
