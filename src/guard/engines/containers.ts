/** An engine's containers, as its API describes them (Docker's, which Podman speaks too). */
import { z } from 'zod';
import type { EngineClient } from './client.js';

export interface ContainerMount {
  /** On the host; '' for a tmpfs. */
  readonly source: string;
  readonly destination: string;
  readonly writable: boolean;
}

/** What a list tells. */
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
  /** 0 where it doesn't run. */
  readonly pid: number;
  readonly mounts: readonly ContainerMount[];
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly workingDirectory: string;
  /** It has the host's network. */
  readonly hostNetwork: boolean;
  /** Folders of its root filesystem, the uppermost first; none where the engine doesn't tell. */
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
 * Volumes that are another folder of the host, which is bound there only while a container runs
 * (`driver_opts: {type: none, o: bind, device: /srv/registry}`). @throws likewise
 */
export async function boundVolumes(client: EngineClient): Promise<ReadonlyMap<string, string>> {
  const { Volumes } = understood(volumes, await client.get('/volumes'));
  const bound = (Volumes ?? []).filter(
    ({ Options }) =>
      (Options?.o ?? '').split(',').some((option) => /^r?bind$/.test(option)) &&
      (Options?.device ?? '').startsWith('/'),
  );
  return new Map(bound.map(({ Mountpoint, Options }) => [Mountpoint, Options!.device!]));
}

/** @throws where the answer is none that we understand */
export async function engineName(client: EngineClient): Promise<'docker' | 'podman'> {
  const answer = JSON.stringify(await client.get('/version'));
  return /podman/i.test(answer) ? 'podman' : 'docker';
}

/** All there are, running or not. @throws likewise */
export async function listContainers(client: EngineClient): Promise<ContainerSummary[]> {
  const list = understood(summary, await client.get('/containers/json?all=1'));
  return list.map(({ Id, Names, Labels }) => ({
    id: Id,
    name: (Names[0] ?? Id.slice(0, 12)).replace(/^\//, ''),
    labels: Labels,
  }));
}

/** @param bound folders of the host by the volumes that stand for them @throws likewise */
export async function inspectContainer(
  client: EngineClient,
  known: ContainerSummary,
  bound: ReadonlyMap<string, string>,
): Promise<Container> {
  const found = understood(details, await client.get(`/containers/${known.id}/json`));
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

function understood<T>(schema: z.ZodType<T>, answer: unknown): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const at = result.error.issues[0]?.path.join('.') ?? '';
  throw new Error(`its answer is not understood: ${at}`);
}
