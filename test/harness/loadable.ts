/** Images that an engine loads: their layers are archives, and their configurations name them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { blobOf, descriptor, type Image, imageOf, MEDIA } from './images.js';

const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;

const TYPES = {
  docker: { manifest: MEDIA.dockerManifest, config: MEDIA.dockerConfig, layer: MEDIA.dockerLayer },
  oci: { manifest: MEDIA.ociManifest, config: MEDIA.ociConfig, layer: MEDIA.ociLayer },
};

/** One layer with a file `/hello`. */
export function loadableImage(
  hello: string,
  kind: keyof typeof TYPES = 'docker',
  architecture = ARCHITECTURE,
): Image {
  const archive = archiveOf(hello);
  const layer = blobOf(gzipSync(archive));
  const config = blobOf(
    JSON.stringify({
      architecture,
      os: 'linux',
      config: { Cmd: ['/hello'] },
      created: '2026-01-01T00:00:00Z',
      rootfs: { type: 'layers', diff_ids: [blobOf(archive).digest] },
      history: [{ created: '2026-01-01T00:00:00Z', created_by: hello }],
    }),
  );
  const types = TYPES[kind];
  const json = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(types.config, config),
    layers: [descriptor(types.layer, layer)],
  };
  return imageOf(types.manifest, json, [config, layer]);
}

function archiveOf(hello: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'regsweep-layer-'));
  try {
    writeFileSync(join(folder, 'hello'), hello);
    return execFileSync('tar', ['-C', folder, '--mtime=@0', '-cf', '-', 'hello']);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
