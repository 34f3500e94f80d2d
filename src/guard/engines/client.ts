/** Sends GET requests to a container engine's socket, with limits on time and length of answers. */
import http from 'node:http';

export interface EngineClient {
  /** @throws if the answer is late, too long, not status 200 or not JSON */
  get(path: string): Promise<unknown>;
}

const LIMIT_BYTES = 16 << 20;

/** @param signal ends all requests, which then throw its reason */
export function engineClient(socketPath: string, signal: AbortSignal): EngineClient {
  return { get: (path) => getJson({ socketPath, path, signal }) };
}

function getJson(options: http.RequestOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost', 'user-agent': 'regsweep-guard' };
    const request = http.request({ ...options, method: 'GET', headers, agent: false });
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > LIMIT_BYTES) response.destroy(new Error('its answer is too long'));
        else chunks.push(chunk);
      });
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode !== 200) return reject(new Error(`HTTP ${response.statusCode}`));
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        } catch {
          reject(new Error('its answer is not JSON'));
        }
      });
    });
    request.end();
  });
}
