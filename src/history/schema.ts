/** What a line of the history may say. */
import { z } from 'zod';

const bytes = z.number().nonnegative();

export const schema = z.object({
  v: z.literal(1),
  /** RFC 3339. */
  at: z.iso.datetime(),
  command: z.string(),
  runId: z.string().optional(),
  state: z.string().optional(),
  /** As scanned: before the run took anything away. */
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
      /** Not in older records. */
      uploadDiskBytes: bytes.optional(),
    })
    .optional(),
  /** The largest: name, bytes. */
  repositories: z.array(z.tuple([z.string(), bytes])).optional(),
  /** What a run took away or brought back. */
  changed: z
    .object({
      items: bytes,
      bytes,
      diskBytes: bytes,
      /** Of the disk; nothing while it only lies in quarantine. */
      freedBytes: bytes,
    })
    .optional(),
});

export type HistoryLine = z.infer<typeof schema>;
