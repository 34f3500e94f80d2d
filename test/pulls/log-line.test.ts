import { describe, expect, it } from 'vitest';
import { isOfRegistry, parseLogLine, pullOf } from '../../src/app/pulls/log-line.js';

const D = `sha256:${'a'.repeat(64)}`;
const AT = Date.UTC(2026, 10, 5, 23, 36, 15) / 1000;

const pulled = (line: string): string | undefined => {
  const request = parseLogLine(line);
  const pull = request && pullOf(request);
  return pull && `${pull.repository} ${pull.reference} ${pull.time - AT}`;
};

const COMBINED = `10.0.0.1 - - [05/Nov/2026:23:36:15 +0000] "GET /v2/team/app/manifests/v1 HTTP/1.1" 200 528 "" "docker/24"`;
const TEXT = `time="2026-11-05T23:36:15.5Z" level=info msg="response completed" go.version=go1.19 http.request.host="reg:5000" http.request.method=GET http.request.uri="/v2/team/app/manifests/v1" http.response.contenttype="application/json" http.response.status=200`;
const JSON_LINE = JSON.stringify({
  'http.request.method': 'GET',
  'http.request.uri': '/v2/team/app/manifests/v1',
  'http.response.status': 200,
  level: 'info',
  time: '2026-11-05T23:36:15Z',
});
const V1 = 'team/app v1 0';

describe('a pull', () => {
  it.each<[string, string, string | undefined]>([
    ['combined', COMBINED, V1],
    ['another zone', COMBINED.replace('23:36:15 +0000', '21:36:15 -0200'), V1],
    ['behind a prefix of syslog', `Nov 05 23:36:15 host registry[12]: ${COMBINED}`, V1],
    ['the registry’s text', TEXT, V1],
    ['the registry’s JSON', JSON_LINE, V1],
    ['logstash', JSON_LINE.replace('"time"', '"@timestamp"'), V1],
    ['Docker’s json-file', JSON.stringify({ log: `${TEXT}\n`, stream: 'stdout', time: 'x' }), V1],
    ['JSON in json-file', JSON.stringify({ log: `${JSON_LINE}\n`, stream: 'stderr' }), V1],
    ['Kubernetes', `2026-11-05T23:36:16.1Z stdout F ${COMBINED}`, V1],
    [
      'nginx, JSON',
      JSON.stringify({
        time: '2026-11-05T23:36:15+00:00',
        request: 'GET /v2/team/app/manifests/v1 HTTP/1.1',
        status: '200',
      }),
      V1,
    ],
    ['HEAD', COMBINED.replace('GET', 'HEAD'), V1],
    ['not changed', COMBINED.replace('" 200', '" 304'), V1],
    ['by digest', COMBINED.replace('/v1 ', `/${D} `), `team/app ${D} 0`],
    [
      'an escaped digest',
      COMBINED.replace('/v1 ', `/${D.replace(':', '%3A')} `),
      `team/app ${D} 0`,
    ],
    [
      'a prefix and a query',
      COMBINED.replace('/v2/team', '/hub/v2/team').replace('/v1 ', '/v1?ns=x '),
      V1,
    ],
    [
      'a repository called v2',
      COMBINED.replace('team/app', 'v2/manifests/x'),
      'v2/manifests/x v1 0',
    ],
    ['a push', COMBINED.replace('GET', 'PUT').replace('" 200', '" 201'), undefined],
    ['refused', COMBINED.replace('" 200', '" 401'), undefined],
    ['not there', COMBINED.replace('" 200', '" 404'), undefined],
    ['a blob', COMBINED.replace('manifests', 'blobs'), undefined],
    ['no answer yet', TEXT.replace(/ http.response.*/, ''), undefined],
    ['no month', COMBINED.replace('Nov', 'ovD'), undefined],
    ['no log', 'hello', undefined],
    ['torn JSON', '{"log":"', undefined],
  ])('%s', (_, line, expected) => {
    expect(pulled(line)).toBe(expected);
  });

  it('only requests to a registry tell that its log was kept', () => {
    const of = (path: string) => isOfRegistry(parseLogLine(COMBINED.replace(/\/v2\S*/, path))!);
    expect(['/v2/', '/v2', '/v2/x/tags/list', '/hub/v2/'].map(of)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['/', '/v20/', '/api/v2x'].map(of)).toEqual([false, false, false]);
  });
});
