/** The schema of a history line. */
import { z } from 'zod';

const bytes = z.number().nonnegative();

export const schema = z.object({
  v: z.literal(1),
  /** RFC 3339. */
  at: z.iso.datetime(),
  command: z.string(),
  runId: z.string().optional(),
  state: z.string().optional(),
  /** As scanned, before the run changed anything. */
  totals: z
    .object({
      repositories: bytes,
      tags: bytes,
      manifests: bytes,
      blobs: bytes,
      bytes,
      diskBytes: bytes,
      garbageDiskBytes: bytes,
      quarantinedDiskBytes: bytes,
      /** Missing in older records. */
      uploadDiskBytes: bytes.optional(),
    })
    .optional(),
  /** The largest repositories: name and bytes. */
  repositories: z.array(z.tuple([z.string(), bytes])).optional(),
  /** What the run removed or restored. */
  changed: z
    .object({
      items: bytes,
      bytes,
      diskBytes: bytes,
      /** Disk space freed; 0 as long as the items are in quarantine. */
      freedBytes: bytes,
    })
    .optional(),
});

export type HistoryLine = z.infer<typeof schema>;
