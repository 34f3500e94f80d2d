/** Who may import what: the rules that keep deciding apart from reading, and reading from deleting. */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

interface Source {
  /** Relative to src. */
  readonly path: string;
  readonly text: string;
}

const sources: readonly Source[] = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => ({ path: path.slice(src.length + 1), text: readFileSync(path, 'utf8') }));

const IMPORT = /(?:^|\n)\s*(?:import|export)\s+(type\s)?(?:[^;'"]*?from\s*)?['"]([^'"]+)['"]/g;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)|\brequire\(\s*['"]([^'"]+)['"]\s*\)/g;

interface Import {
  /** Relative to src, or a package's name. */
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf({ path, text }: Source): Import[] {
  const resolve = (specifier: string): string => {
    if (!specifier.startsWith('.')) return specifier;
    const file = normalize(join(path, '..', specifier)).replace(/\.js$/, '.ts');
    return sources.some((source) => source.path === `${file}x`) ? `${file}x` : file;
  };
  const fixed = [...text.matchAll(IMPORT)].map(([, type, specifier]) => ({
    target: resolve(specifier!),
    typeOnly: type !== undefined,
  }));
  const dynamic = [...text.matchAll(DYNAMIC)].map(([, a, b]) => ({
    target: resolve((a ?? b)!),
    typeOnly: false,
  }));
  return [...fixed, ...dynamic];
}

/** `fs-extra` of `fs-extra/esm`. */
const packageOf = (specifier: string): string =>
  /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

const within = (path: string, ...folders: string[]): boolean =>
  folders.some((folder) => path.startsWith(`${folder}/`));
const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');

const IMPURE = ['fs-extra', 'fast-glob', 'write-file-atomic', 'yargs', 'cli-progress', 'redis'];
const CLOCK = /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.|\bMath\.random\(/;
const PRINTS = /\bconsole\.\w+\(|\bprocess\.(?:stdout|stderr)\b/;
const WRITES_TREE =
  /\b(?:mkdir|unlink|rmdir|rename|link|symlink|writeFile|appendFile|copyFile|chmod|chown|truncate|utimes|rm|outputFile)(?:Sync)?\([^;]*\.v2\b/;
const DELETES =
  /\bfs\.rm(?:Sync)?\(|\brm(?:Sync)?\(\s*[^)]*recursive|\bremoveSync\(|\bfs\.remove\(/;

/** Each may import those before it, and itself. */
const LAYERS = [
  ...['util', 'runtime', 'storage', 'registry-config', 'facts', 'graph', 'policy', 'plan'],
  ...['guard', 'caches', 'history', 'verify', 'sweep', 'report', 'app', 'cli'],
];

const layerOf = (path: string): number => LAYERS.indexOf(path.split('/')[0]!);

const WRITES =
  /\b(?:fs\.)?(?:writeFile|appendFile|rename|unlink|rmdir|mkdir|symlink|link|chmod|chown|utimes|truncate|ftruncate|copyFile)Sync\(|\bO_(?:CREAT|WRONLY|RDWR)\b|\bwriteFileAtomic\(|\b(?:output|ensure)(?:File|Json|Dir)(?:Sync)?\(|\b(?:writeFile|appendFile|rename|unlink|rmdir|mkdir|open)\b[^}]*\} from 'node:fs\/promises'/;

/** Who writes outside the storage tree: each to a place of its own. */
const WRITERS = [
  'util/disk/atomic-write.ts',
  'history/records.ts',
  'verify/log.ts',
  'cli/output/files/log-file.ts',
  'guard/lock/lock.ts',
  'guard/lock/socket.ts',
  'app/records/',
  // The folder that the user names for copies of what goes.
  'app/backup/',
  // The key or signature that ssh-keygen reads, in a folder of its own below the temporary one.
  'app/approval/ssh-keygen.ts',
  // A nameless file for the output of a service command.
  'app/session/service-command.ts',
  // The guard's nonce, which is written to the tree and removed again.
  'guard/probe/nonce.ts',
];

type Rule = (source: Source) => string[];

const RULES: Record<string, Rule> = {
  'graph, policy, plan and report have no node built-ins, no file packages and no clock': (
    source,
  ) => {
    if (!within(source.path, 'graph', 'policy', 'plan', 'report')) return [];
    const impure = importsOf(source)
      .map(({ target }) => target)
      .filter((target) => isBuiltin(target) || IMPURE.includes(target));
    const clock = CLOCK.exec(withoutComments(source.text));
    return clock === null ? impure : [...impure, clock[0]];
  },
  'only the sweep imports the writer': (source) =>
    within(source.path, 'sweep', 'storage/writer') || source.path === 'guard/probe/nonce.ts'
      ? []
      : importsOf(source)
          .filter(({ target, typeOnly }) => within(target, 'storage/writer') && !typeOnly)
          .map(({ target }) => target),
  'nothing but the writer changes what lies in the tree': ({ path, text }) => {
    const found =
      path === 'storage/writer/writer.ts' ? null : WRITES_TREE.exec(withoutComments(text));
    return found === null ? [] : [found[0]];
  },
  'reading, marking and planning know nothing of guard and sweep': (source) =>
    within(source.path, 'facts', 'graph', 'plan')
      ? importsOf(source)
          .map(({ target }) => target)
          .filter((target) => within(target, 'sweep', 'guard', 'app', 'cli'))
      : [],
  'only the command line prints': (source) => {
    const found = PRINTS.exec(withoutComments(source.text));
    // A process of its own that answers its parent over a pipe.
    const answers = source.path === 'guard/probe/probe-main.ts';
    return found === null || answers || within(source.path, 'cli') ? [] : [found[0]];
  },
  'each layer imports only those before it': (source) => {
    if (layerOf(source.path) < 0) return source.path === 'index.ts' ? [] : ['no layer'];
    return importsOf(source)
      .map(({ target }) => target)
      .filter((target) => layerOf(target) > layerOf(source.path) || target === 'index.ts');
  },
  'only the writer writes below the tree, and few write elsewhere': (source) => {
    if (within(source.path, 'sweep') || source.path === 'storage/writer/writer.ts') return [];
    const reads = !/from '(?:node:fs|fs-extra|write-file-atomic)/.test(source.text);
    if (reads || WRITERS.some((path) => source.path.startsWith(path))) return [];
    const found = WRITES.exec(withoutComments(source.text));
    return found === null ? [] : [found[0]];
  },
  'colours and tables are only made in the table reporter': (source) =>
    importsOf(source)
      .map(({ target }) => target)
      .filter((target) => target === 'chalk' || target === 'cli-table3')
      .filter(() => source.path !== 'report/style.ts' && !within(source.path, 'report/text')),
  'a clearance is only made by the guard': (source) =>
    source.path !== 'guard/clearance.ts' &&
    /\bas\s+(?:unknown\s+as\s+)?Clearance\b|<Clearance>/.test(withoutComments(source.text))
      ? ['as Clearance']
      : [],
  'use cases take the time from their context': ({ path, text }) => {
    const asks = within(path, 'app') && path !== 'app/library/resolve.ts';
    const found = asks ? /\bDate\.now\b|\bnew Date\(\)/.exec(withoutComments(text)) : null;
    return found === null ? [] : [found[0]];
  },
  'nothing is deleted recursively': ({ text }) => {
    const found = DELETES.exec(withoutComments(text));
    return found === null ? [] : [found[0]];
  },
};

const violations = (rule: Rule, all: readonly Source[]): string[] =>
  all.flatMap((source) => rule(source).map((what) => `${source.path}: ${what}`));

/** What each rule must catch. */
const BAD: Record<keyof typeof RULES, Source[]> = {
  'graph, policy, plan and report have no node built-ins, no file packages and no clock': [
    { path: 'plan/bad.ts', text: "import fs from 'node:fs';" },
    { path: 'graph/bad.ts', text: "import {\n  join,\n} from 'path';" },
    { path: 'report/bad.ts', text: "export { glob } from 'fast-glob';" },
    { path: 'policy/bad.ts', text: 'const now = Date.now();' },
    { path: 'policy/worse.ts', text: "const fs = await import('node:fs');" },
  ],
  'only the sweep imports the writer': [
    { path: 'cli/bad.ts', text: "import { DiskWriter } from '../storage/writer/writer.js';" },
    { path: 'guard/bad.ts', text: "const w = await import('../storage/writer/writer.js');" },
  ],
  'nothing but the writer changes what lies in the tree': [
    { path: 'guard/bad.ts', text: "fs.mkdirSync(tree.v2 + '/blobs');" },
    { path: 'sweep/bad.ts', text: 'fs.renameSync(fsPath(tree.v2 + path), to);' },
    { path: 'app/bad.ts', text: "await writeFile(join(tree.v2, 'x'), '');" },
  ],
  'reading, marking and planning know nothing of guard and sweep': [
    { path: 'plan/bad.ts', text: "import type { Clearance } from '../guard/types.js';" },
    { path: 'facts/scan/bad.ts', text: "import { execute } from '../../sweep/index.js';" },
  ],
  'only the command line prints': [
    { path: 'sweep/bad.ts', text: 'console.error(1);' },
    { path: 'facts/bad.ts', text: 'process.stdout.write("x");' },
    { path: 'app/context.ts', text: 'process.stderr.write("x");' },
  ],
  'each layer imports only those before it': [
    { path: 'app/bad.ts', text: "import type { Settings } from '../cli/settings/resolve.js';" },
    { path: 'graph/bad.ts', text: "import { x } from '../plan/types.js';" },
    { path: 'cli/bad.ts', text: "import { sweep } from '../index.js';" },
    { path: 'misc/bad.ts', text: '' },
  ],
  'only the writer writes below the tree, and few write elsewhere': [
    { path: 'app/bad.ts', text: "import fs from 'node:fs';\nfs.unlinkSync(path);" },
    { path: 'facts/bad.ts', text: "import { rename } from 'node:fs/promises';" },
    {
      path: 'guard/bad.ts',
      text: "import { outputFile } from 'fs-extra';\nawait outputFile(path);",
    },
  ],
  'colours and tables are only made in the table reporter': [
    { path: 'cli/bad.ts', text: "import chalk from 'chalk';" },
    { path: 'report/json.ts', text: "import Table from 'cli-table3';" },
  ],
  'a clearance is only made by the guard': [
    { path: 'cli/bad.ts', text: 'const c = {} as unknown as Clearance;' },
  ],
  'use cases take the time from their context': [
    { path: 'app/bad.ts', text: 'const now = Date.now();' },
    { path: 'app/sweep/bad.ts', text: 'const at = new Date().toISOString();' },
  ],
  'nothing is deleted recursively': [
    { path: 'sweep/bad.ts', text: 'await rm(path, { recursive: true });' },
    { path: 'sweep/worse.ts', text: 'fs.rmSync(path);' },
  ],
};

/** The files of each circle, sorted. */
const circlesIn = (all: readonly Source[]): string[][] =>
  circlesOf(new Map(all.map((one) => [one.path, importsOf(one).map(({ target }) => target)])));

/** The rooms of a layer that import one another in a circle. */
function roomsInCircle(all: readonly Source[], layer: string): string[][] {
  const roomOf = (path: string): string | undefined =>
    within(path, layer) && path.split('/').length > 2 ? path.split('/')[1] : undefined;
  const graph = new Map<string, string[]>();
  for (const one of all) {
    const room = roomOf(one.path);
    if (room === undefined) continue;
    const targets = importsOf(one).flatMap(({ target }) => roomOf(target) ?? []);
    graph.set(room, [...(graph.get(room) ?? []), ...targets.filter((other) => other !== room)]);
  }
  return circlesOf(graph);
}

function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const reach = new Map<string, Set<string>>();
  for (const path of graph.keys()) {
    const found = new Set(graph.get(path));
    for (const one of found) for (const next of graph.get(one) ?? []) found.add(next);
    reach.set(path, found);
  }
  const circles = new Map<string, string[]>();
  for (const [path, found] of reach) {
    if (!found.has(path)) continue;
    const members = [...found].filter((one) => reach.get(one)?.has(path)).sort();
    circles.set(members.join(), members);
  }
  return [...circles.values()];
}

const DEFINITION =
  /^export (?:declare )?(?:async )?(?:abstract )?(?:interface|type|class|function\*?|const|let|enum) (\w+)/gm;

/** The library's names are those of the use cases that it calls; commands all have a `run`. */
const isListOfEquals = (path: string, name: string): boolean =>
  path === 'index.ts' || (name === 'run' && within(path, 'cli/commands'));

function definedTwice(all: readonly Source[]): string[] {
  const places = new Map<string, Set<string>>();
  for (const { path, text } of all) {
    for (const [, name] of text.matchAll(DEFINITION)) {
      if (isListOfEquals(path, name!)) continue;
      places.set(name!, (places.get(name!) ?? new Set()).add(path));
    }
  }
  return [...places]
    .filter(([, paths]) => paths.size > 1)
    .map(([name, paths]) => `${name}: ${[...paths].join(', ')}`);
}

describe('the architecture', () => {
  it('is looked at as a whole', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(importsOf({ path: 'a/b.ts', text: "import { x } from '../c/d.js';" })).toEqual([
      { target: 'c/d.ts', typeOnly: false },
    ]);
  });

  it('tells of each folder what belongs there', () => {
    const folders = new Set(sources.map(({ path }) => dirname(path)));
    const files = readdirSync(src, { recursive: true }).map(String);
    const silent = [...folders].filter(
      (folder) => !['README.md', 'index.ts'].some((name) => files.includes(join(folder, name))),
    );
    expect(silent).toEqual([]);
  });

  it('imports each production dependency somewhere', () => {
    const imported = new Set(
      sources.flatMap((source) => importsOf(source).map(({ target }) => packageOf(target))),
    );
    const { dependencies } = JSON.parse(
      readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
    ) as { dependencies: Record<string, string> };
    const unused = Object.keys(dependencies).filter((name) => !imported.has(name));
    expect(unused).toEqual([]);
  });

  it('has no circle of imports, types included', () => {
    expect(circlesIn(sources)).toEqual([]);
    const bad = [
      { path: 'a.ts', text: "import type { B } from './b.js';" },
      { path: 'b.ts', text: "export { C } from './c.js';" },
      { path: 'c.ts', text: "const a = await import('./a.js');" },
      { path: 'd.ts', text: "import { a } from './a.js';" },
    ];
    expect(circlesIn(bad)).toEqual([['a.ts', 'b.ts', 'c.ts']]);
  });

  it.each(['app', 'guard', 'facts', 'graph', 'plan'])('rooms of %s: no circle', (layer) => {
    expect(roomsInCircle(sources, layer)).toEqual([]);
    const bad = [
      { path: `${layer}/a/one.ts`, text: "import type { B } from '../b/two.js';" },
      { path: `${layer}/b/three.ts`, text: "export { C } from '../a/four.js';" },
    ];
    expect(roomsInCircle(bad, layer)).toEqual([['a', 'b']]);
  });

  it('defines each exported name once', () => {
    expect(definedTwice(sources)).toEqual([]);
    const text = 'export const one = 1;';
    const bad = [
      { path: 'plan/a.ts', text },
      { path: 'plan/b.ts', text },
      { path: 'plan/c.ts', text: 'export interface Two {}' },
    ];
    expect(definedTwice(bad)).toEqual(['one: plan/a.ts, plan/b.ts']);
  });

  it.each(Object.entries(RULES))('%s', (name, rule) => {
    expect(violations(rule, sources)).toEqual([]);
    for (const bad of BAD[name]!) expect(violations(rule, [bad])).toHaveLength(1);
  });
});
