/** Reads an engine's containers through Docker's API, which Podman also serves. */
import { z } from 'zod';
import type { EngineClient } from './client.js';

export interface ContainerMount {
  /** On the host; '' for a tmpfs. */
  readonly source: string;
  readonly destination: string;
  readonly writable: boolean;
}

/** A container as the engine's list describes it. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Container extends ContainerSummary {
  /** `running`, `paused`, `restarting`, `exited`, `created`, `dead`, ... */
  readonly status: string;
  /** `always`, `unless-stopped`, `on-failure`; '' or `no` otherwise. */
  readonly restart: string;
  /** 0 if the container isn't running. */
  readonly pid: number;
  readonly mounts: readonly ContainerMount[];
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly workingDirectory: string;
  /** The container uses the host's network namespace. */
  readonly hostNetwork: boolean;
  /** Folders of its root filesystem, the topmost first; empty if the engine doesn't name them. */
  readonly layers: readonly string[];
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});

const summary = z.array(
  z.object({ Id: z.string().regex(/^[0-9a-f]{12,64}$/), Names: texts, Labels: labels }),
);

const details = z.object({
  Name: text,
  Path: text,
  Args: texts,
  State: z.object({ Status: text, Pid: z.number().nullish() }),
  HostConfig: z.object({
    NetworkMode: text,
    RestartPolicy: z.object({ Name: text }).nullish(),
    Tmpfs: z.record(z.string(), z.string()).nullish(),
  }),
  Mounts: z
    .array(z.object({ Source: text, Destination: z.string(), RW: z.boolean().nullish() }))
    .nullish(),
  Config: z.object({ Env: texts, Labels: labels, WorkingDir: text }),
  GraphDriver: z.object({ Data: z.record(z.string(), z.string()).nullish() }).nullish(),
});

const volumes = z.object({
  Volumes: z
    .array(z.object({ Mountpoint: text, Options: z.record(z.string(), z.string()).nullish() }))
    .nullish(),
});

/**
 * Volumes that stand for another folder of the host, with
 * `driver_opts: {type: none, o: bind, device: /srv/registry}`. The engine binds that folder only
 * while a container runs, so the volume's own path doesn't show it otherwise.
 * @returns the host's folder by the volume's path
 * @throws Error if the request fails or the answer has an unknown form
 */
export async function boundVolumes(client: EngineClient): Promise<ReadonlyMap<string, string>> {
  const { Volumes } = parseAnswer(volumes, await client.get('/volumes'));
  const bound = (Volumes ?? []).filter(
    ({ Options }) =>
      (Options?.o ?? '').split(',').some((option) => /^r?bind$/.test(option)) &&
      (Options?.device ?? '').startsWith('/'),
  );
  return new Map(bound.map(({ Mountpoint, Options }) => [Mountpoint, Options!.device!]));
}

/** @throws Error if the request fails */
export async function engineName(client: EngineClient): Promise<'docker' | 'podman'> {
  const answer = JSON.stringify(await client.get('/version'));
  return /podman/i.test(answer) ? 'podman' : 'docker';
}

/**
 * Lists all containers, running or not.
 * @throws Error if the request fails or the answer has an unknown form
 */
export async function listContainers(client: EngineClient): Promise<ContainerSummary[]> {
  const list = parseAnswer(summary, await client.get('/containers/json?all=1'));
  return list.map(({ Id, Names, Labels }) => ({
    id: Id,
    name: (Names[0] ?? Id.slice(0, 12)).replace(/^\//, ''),
    labels: Labels,
  }));
}

/**
 * @param bound the host's folders by the paths of the volumes that stand for them
 * @throws Error if the request fails or the answer has an unknown form
 */
export async function inspectContainer(
  client: EngineClient,
  known: ContainerSummary,
  bound: ReadonlyMap<string, string>,
): Promise<Container> {
  const found = parseAnswer(details, await client.get(`/containers/${known.id}/json`));
  const { State, HostConfig, Config } = found;
  const mounts = (found.Mounts ?? []).map(({ Source, Destination, RW }) => ({
    source: bound.get(Source) ?? Source,
    destination: Destination,
    writable: RW !== false,
  }));
  const tmpfs = Object.keys(HostConfig.Tmpfs ?? {})
    .filter((path) => !mounts.some(({ destination }) => destination === path))
    .map((destination) => ({ source: '', destination, writable: true }));
  return {
    ...known,
    labels: { ...known.labels, ...Config.Labels },
    status: State.Status,
    restart: HostConfig.RestartPolicy?.Name ?? '',
    pid: State.Pid ?? 0,
    mounts: [...mounts, ...tmpfs],
    argv: [found.Path, ...found.Args],
    env: Config.Env,
    workingDirectory: Config.WorkingDir || '/',
    hostNetwork: HostConfig.NetworkMode === 'host',
    layers: layersOf(found.GraphDriver?.Data ?? {}),
  };
}

const layersOf = (data: Readonly<Record<string, string>>): string[] =>
  [data.UpperDir, ...(data.LowerDir ?? '').split(':')].filter((path) =>
    path?.startsWith('/'),
  ) as string[];

function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const at = result.error.issues[0]?.path.join('.') ?? '';
  throw new Error(`its answer has an unknown form at ${at}`);
}
