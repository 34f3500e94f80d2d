/** An image as an OCI layout folder, for skopeo. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Blob, descriptor, type Image, MEDIA } from './images.js';

async function writeBlob(folder: string, blob: Blob): Promise<void> {
  const path = join(folder, 'blobs', ...blob.digest.split(':'));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, blob.bytes);
}

async function writeImage(folder: string, image: Image): Promise<void> {
  for (const child of image.children) await writeImage(folder, child);
  for (const blob of [...image.blobs, image.manifest]) await writeBlob(folder, blob);
}

/** Writes the image as the only one of the layout in `folder`. */
export async function writeOciLayout(folder: string, image: Image): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeImage(folder, image);
  const index = {
    schemaVersion: 2,
    mediaType: MEDIA.ociIndex,
    manifests: [descriptor(image.manifest.mediaType, image.manifest)],
  };
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion": "1.0.0"}');
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
}
