/** The rest of the page, which is about trees: most of it is shown with a real registry. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import * as images from '../../harness/images.js';
import { regsweep } from '../../harness/in-process.js';
import { TreeBuilder } from '../../harness/offline.js';
import { Random } from '../../harness/random.js';
import { tempFolder } from '../../harness/temp.js';
import { introduces, type Row, row, shownBy } from './row.js';

const POLICY = 'e2e/policy.test.ts';
const BACKUP = 'e2e/backup.test.ts';
const ORPHANS = 'policy/orphans.test.ts';
const NAMED = 'policy/named.test.ts';
const RM = 'e2e/rm.test.ts';

const OLD = Date.UTC(2024, 0, 1);

const EXAMPLE: readonly Row[] = [
  introduces(
    'Seven releases on one base layer were pushed 1, 5, 12, 20, 31, 45 and 70 days ago.',
    'With this policy:',
  ),
  shownBy(
    [
      'v7 and v6 are the two newest, v5 is 12 days old, and v2 is protected.',
      "What is freed is in use without the policy, and not in use with it: the base layer, which other releases need, isn't counted.",
      'The links that go are counted too, each as the disk space it takes: this is what a sweep and its purge free.',
    ],
    POLICY,
    'is previewed, planned and swept the same, and the rest is served bit for bit',
  ),
  row(
    'What is unique to a repository leaves out blobs that several repositories have and all give up.',
    async () => {
      const folder = await tempFolder();
      const random = new Random('alone');
      const tree = new TreeBuilder(join(folder, 'root'));
      const shared = images.ociImage(random);
      for (const repository of ['a', 'b']) {
        tree.at(OLD).push(repository, shared, 'v1');
        tree.at(OLD + 1e6).push(repository, images.ociImage(random), 'v2');
      }
      const policy = join(folder, 'policy.yaml');
      writeFileSync(policy, 'version: 1\nrepositories: [{ match: ["**"], keepLast: 1 }]\n');
      const args = ['policy', 'preview', policy, tree.root, '--age-by', 'mtime'];
      const { json } = await regsweep([...args, '--format', 'json']);
      const { repositories, totals } = json as {
        repositories: { expiring: number; bytes: number }[];
        totals: { blobs: number };
      };
      expect(repositories.map(({ expiring, bytes }) => [expiring, bytes])).toEqual([
        [1, 0],
        [1, 0],
      ]);
      expect(totals.blobs).toBe(shared.blobs.length + 1);
    },
  ),
];

const COPY: readonly Row[] = [
  shownBy(
    [
      '`--backup DIR` on `sweep` and `rm` first writes each tagged image that goes to an OCI layout in DIR, which may be on another disk.',
      'Every blob is copied and compared with its digest before anything is removed.',
    ],
    BACKUP,
    'rm: each tagged image is in the layout before it goes, and skopeo copies it',
  ),
  shownBy(
    "If a blob can't be written, or is damaged, nothing goes.",
    BACKUP,
    'nothing goes where the backup can’t be made',
  ),
  shownBy('The plan and a dry run say how many bytes it takes.', BACKUP, 'to write/'),
  shownBy(
    'DIR is new, empty, or of an earlier `--backup`: an earlier image of the same name then keeps its place as `repo:tag-<digest>`.',
    BACKUP,
    'an earlier image of the same name keeps its place under its digest',
  ),
  shownBy(
    [
      'In the layout all bytes are as they were.',
      "When skopeo copies an image of Docker's format to a registry, it writes the manifest anew: it gets another digest, and has the same configuration and layers.",
    ],
    BACKUP,
    'skopeo copies it back to a registry',
  ),
  shownBy(
    '`docker load` and `podman load` read a tar of DIR: all images in it that a container can be made from, and of an index the one for this host.',
    'e2e/engines/backup.test.ts',
    'takes all images of it, under their names',
  ),
];

const SIGNATURES: readonly Row[] = [
  introduces(
    'An image that was deleted through the API leaves its cosign tags behind, since those are images of their own.',
    '`sweep --orphan-signatures` (and `plan`) removes signatures, attestations, SBOMs and other referrers if all of this is true:',
  ),
  shownBy(
    'Their subject is gone: its blob is not on the disk any more, or goes in this run.',
    'e2e/orphans.test.ts',
    'in the run that takes their subject',
  ),
  shownBy(
    "The repository shows that it had the subject: the empty folder that the API's DELETE leaves, a tag's history that names it, the record of an earlier run that removed it or these traces (`.regsweep/history/removed-subjects.jsonl`), or the subject's manifest link goes in this run, as `-m` removes that of a retagged image.",
    ORPHANS,
    'takes those whose subject left a tombstone or stands in a tag’s history',
  ),
  shownBy(
    "The subject isn't in quarantine, from where it may come back.",
    'e2e/orphans.test.ts',
    'not while their subject may come back from quarantine',
  ),
  shownBy(
    'The signature is older than `--min-age`, and has no other tag.',
    ORPHANS,
    'keeps what is young, or has a tag of its own, or is about something else too',
  ),
  shownBy(
    'A signature that was copied here without its image stays.',
    ORPHANS,
    "tombstone(store, 'other', 'c')",
  ),
  shownBy(
    [
      '`check` and `analyze` list what is orphaned (`orphaned-signature`).',
      '`explain` and `rm` show what such a tag is about.',
    ],
    'e2e/orphans.test.ts',
    'are shown with their subject by explain',
  ),
];

const NAMES: readonly Row[] = [
  shownBy(
    '`repo:tag` | the tag; with its last tag the manifest too, and what follows it by the rules above: children, referrers, signatures',
    RM,
    'the last tag takes the image, its platforms, its signature and what describes it',
  ),
  shownBy(
    '`repo@digest` | the manifest, and all tags of this repository that point to it',
    RM,
    'a digest takes all tags that point to it, here and not elsewhere',
  ),
  shownBy(
    '`repo` | all its tags and manifests, and the repository itself; not one that is nested in it',
    RM,
    'a repository goes whole, right after the push too; one nested in it stays',
  ),
  shownBy(
    "In a repository's name `*` stays within one part and `**` crosses slashes.",
    'pattern/bash.test.ts',
    'of repositories,',
  ),
  shownBy(
    [
      'A name that exists is that name, also if it looks like a pattern.',
      "If anything that was named isn't there, nothing is removed, and the nearest name is told.",
    ],
    RM,
    'says the nearest name of what is not there, and touches nothing',
  ),
  shownBy(
    "A part of an index that stays can't be removed by its digest; its own tag can be.",
    NAMED,
    'takes the tag of a platform, and leaves the platform to its index',
  ),
  shownBy(
    'Only what the removal itself releases goes: garbage that was there before is left to `sweep`.',
    NAMED,
    'takes what only it released, and leaves older garbage',
  ),
  shownBy(
    "The repository's links to layers that another repository still has go too, if only this image needed them here.",
    NAMED,
    'takes the links that only its image needed here, and leaves what another repository holds',
  ),
  shownBy(
    [
      'Links go whatever their age.',
      'Blobs newer than `--min-age` stay, and the result says when a sweep removes them.',
    ],
    RM,
    'a repository goes whole, right after the push too; one nested in it stays',
  ),
  shownBy(
    'A repository that a removal leaves with nothing is removed too, unless an upload is under way in it or a recent layer link belongs to nothing that went: that may be a push whose manifest is yet to come.',
    NAMED,
    'goes with its young layer links only where they belong to what goes',
  ),
  shownBy(
    'A recent upload also keeps the folder of a repository that was named.',
    NAMED,
    'leaves a repository in which an upload is under way',
  ),
  shownBy(
    'Other repositories keep what they link, also what they mounted from the one that goes.',
    NAMED,
    'takes nothing from a repository of the same image, nor from one nested in it',
  ),
  shownBy(
    '`--max-delete` limits the share of all blobs, as everywhere.',
    'cli/previews.test.ts',
    'rm and policy preview warn too',
  ),
];

const LIMITS: readonly Row[] = [
  shownBy(
    [
      'In a repository that is kept completely because of damage, no policy applies and `rm` refuses (13), with two exceptions.',
      "The damage itself may go: a tag whose link can't be read, a manifest that can't be read or is missing, an index that leads to one.",
      'Everything else in the repository is still kept in that run; the next run finds it undamaged.',
      'The repository itself may also go, since its links served nothing else.',
    ],
    RM,
    'in a damaged repository takes the damage, or all of it, and refuses the rest',
  ),
  shownBy(
    [
      "Where Harbor or GitLab keep the registry's metadata, their databases decide, and regsweep refuses (13): for Harbor `-m`, policies, `--orphan-signatures` and `rm`; for GitLab's database mode and for pull-through caches every change.",
      'Harbor and caches are recognized by the running process or by `--config`.',
    ],
    RM,
    'refuses on a registry that is Harbor’s or a cache',
  ),
];

export const REMOVING: readonly Row[] = [...EXAMPLE, ...COPY, ...SIGNATURES, ...NAMES, ...LIMITS];
