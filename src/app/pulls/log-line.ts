/**
 * Parses one line of an access log: distribution's text and JSON logs, the combined format
 * (distribution, nginx, Apache), JSON of other servers, each also wrapped by Docker's json-file or
 * Kubernetes.
 */

export interface LoggedRequest {
  /** Seconds since 1970. */
  readonly time: number;
  readonly method: string;
  /** The path of the URL, without the query. */
  readonly path: string;
  readonly status: number;
}

/** @returns undefined if the line is no request */
export function parseLogLine(line: string): LoggedRequest | undefined {
  const text = line.replace(/^\S+ std(?:out|err) [FP] /, '').trim();
  if (text.startsWith('{')) return fromJson(text);
  return fromCombined(text) ?? fromText(text);
}

const COMBINED =
  /\[(\d{2})\/(\w{3})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})\] "([A-Z]+) (\S+)[^"]*" (\d{3})\b/;
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

function fromCombined(text: string): LoggedRequest | undefined {
  const found = COMBINED.exec(text);
  if (found === null) return undefined;
  const [, day, month = '', year, clock, hours, minutes, method = '', uri = '', status] = found;
  const at = MONTHS.indexOf(month);
  if (at < 0 || at % 3 !== 0) return undefined;
  const date = `${year}-${String(at / 3 + 1).padStart(2, '0')}-${day}T${clock}${hours}:${minutes}`;
  return requestOf(date, method, uri, status);
}

/** `key=value key="value"`, as distribution's default formatter writes it. */
function fromText(text: string): LoggedRequest | undefined {
  const field = (name: string): string | undefined => {
    const found = new RegExp(`(?:^|\\s)${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|(\\S+))`).exec(text);
    return found?.[1] ?? found?.[2];
  };
  if (!text.includes('http.response.status')) return undefined;
  const method = field('http\\.request\\.method');
  const uri = field('http\\.request\\.uri');
  return requestOf(field('time'), method, uri, field('http\\.response\\.status'));
}

type Fields = Readonly<Record<string, unknown>>;

function fromJson(text: string): LoggedRequest | undefined {
  let fields: Fields;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  const first = (...names: string[]): unknown => names.map((name) => fields[name]).find(isGiven);
  const wrapped = first('log', 'MESSAGE');
  if (typeof wrapped === 'string') return parseLogLine(wrapped);
  const line = first('request');
  const [method, uri] = typeof line === 'string' ? line.split(' ') : [];
  return requestOf(
    first('time', '@timestamp', 'time_iso8601', 'timestamp', 'ts'),
    first('http.request.method', 'request_method', 'method') ?? method,
    first('http.request.uri', 'request_uri', 'uri', 'path') ?? uri,
    first('http.response.status', 'status', 'status_code'),
  );
}

const isGiven = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

function requestOf(
  date: unknown,
  method: unknown,
  uri: unknown,
  status: unknown,
): LoggedRequest | undefined {
  const time = typeof date === 'number' ? date : Math.floor(Date.parse(String(date)) / 1000);
  const code = Number(status);
  if (typeof method !== 'string' || typeof uri !== 'string') return undefined;
  if (!Number.isFinite(time) || !Number.isInteger(code) || code < 100) return undefined;
  return { time: Math.floor(time), method, path: uri.replace(/[?#].*$/s, ''), status: code };
}

export interface Pull {
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
  readonly time: number;
}

/** A manifest that was served, or that a client already had (304). */
export function pullOf({ method, path, status, time }: LoggedRequest): Pull | undefined {
  if ((method !== 'GET' && method !== 'HEAD') || status < 200 || status >= 400) return undefined;
  const found = /\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path);
  const repository = decoded(found?.[1]);
  const reference = decoded(found?.[2]);
  if (repository === undefined || reference === undefined) return undefined;
  return { repository, reference, time };
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Whether the request was to a registry's API. */
export const isOfRegistry = ({ path }: LoggedRequest): boolean => /\/v2(?:\/|$)/.test(path);
