import type { Group } from '../engine.js';
import { kills, killsNested } from './kills.js';

export const GROUPS: readonly Group[] = [kills, killsNested];
