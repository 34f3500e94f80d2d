/** Retention policies as data: what was written, and what it decides. Times are seconds. */

export type TagStatus = 'tagged' | 'untagged' | 'any';

/** Which images a rule looks at. A list is a conjunction: each entry must match some tag. */
export interface RuleSelection {
  readonly tagStatus: TagStatus;
  readonly patterns?: readonly string[];
  readonly prefixes?: readonly string[];
  /** Regular expressions, `/…/`. */
  readonly expressions?: readonly string[];
}

export type RuleLimit =
  | { readonly kind: 'count'; readonly images: number }
  | { readonly kind: 'age'; readonly days: number }
  | { readonly kind: 'pulled'; readonly days: number };

export interface EcrRule {
  /** Lower numbers are applied first. */
  readonly priority: number;
  readonly description?: string;
  readonly selection: RuleSelection;
  readonly limit: RuleLimit;
  /** `file:line:column`, for messages. */
  readonly at: string;
}

export interface EcrRetention {
  readonly kind: 'ecr';
  /** Sorted by priority. */
  readonly rules: readonly EcrRule[];
  /** The repository it was read from, where it was pasted with its envelope. */
  readonly awsRepository?: string;
  readonly at: string;
}

export type AgeBy = 'pushed' | 'created';

export type SortBy = 'pushed' | 'semver' | 'name';

/** A group of images. One that it selects stays if any of its criteria says so. */
export interface KeepRule {
  /** Patterns on tags, of which one tag has to match one. */
  readonly select: 'all' | 'untagged' | readonly string[];
  readonly keepLast?: number;
  /** What `keepLast` counts by. By `semver`, tags that are no version don't select an image. */
  readonly sortBy: SortBy;
  /** Seconds. */
  readonly keepWithin?: number;
  /** Seconds since the last pull. */
  readonly pulledWithin?: number;
  /** Patterns on tags. */
  readonly keepTags?: readonly string[];
  /** Seconds since the push, whatever `ageBy` says. */
  readonly minAge?: number;
}

/** An image stays if any rule that selects it keeps it, and if no rule selects it. */
export interface KeepRetention {
  readonly kind: 'keep';
  readonly rules: readonly KeepRule[];
  /** Written as `rules`; otherwise there is one for everything. */
  readonly grouped: boolean;
  readonly ageBy: AgeBy;
  readonly at: string;
}

export type Retention = EcrRetention | KeepRetention;

export interface PolicyEntry {
  /** Globs on repository names. */
  readonly match: readonly string[];
  readonly retention: Retention;
  readonly at: string;
}

export interface Policy {
  readonly file: string;
  readonly protect: { readonly tags: readonly string[]; readonly digests: readonly string[] };
  /** More than this may not expire. */
  readonly maxDelete?: MaxDelete;
  /** What of it was read in another way than it is written, for people. */
  readonly readings?: readonly string[];
  /** The first that matches a repository's name decides. */
  readonly entries: readonly PolicyEntry[];
}

/** Of all images that the policy judges. */
export interface MaxDelete {
  /** 0 to 1. */
  readonly share?: number;
  readonly images?: number;
}

/** Where a time comes from: the mtime of a link, or the image's own configuration. */
export type TimeSource = 'tag-link' | 'revision-link' | 'created';

/** One manifest of a repository, as retention sees it. */
export interface ImageView {
  readonly digest: string;
  readonly tags: readonly string[];
  /** Newest mtime of its tags' links, or of its revision link when untagged; 0 is unknown. */
  readonly pushedAt: number;
  /** When it was last pushed, or lost a tag; where that is later. */
  readonly touchedAt?: number;
  /** The last pull on record. */
  readonly pulledAt?: number;
  /** What the image's configuration claims. */
  readonly createdAt?: number;
  /** Manifests of this repository that it refers to: they follow it. */
  readonly children?: readonly string[];
  /** Its subjects; it follows them, as it does the digests that its cosign tags name. */
  readonly attachedTo?: readonly string[];
  /** Why it can't be judged; it stays, and what it refers to, and it is not counted. */
  readonly pinned?: string;
}

export interface Decision {
  readonly image: ImageView;
  readonly action: 'keep' | 'expire';
  /** For people: `rule 10: "expire untagged after 14 days"`. */
  readonly reason: string;
  /** Priority of the rule that expires it. */
  readonly rule?: number;
  readonly timeSource: TimeSource;
  /** It is no image of its own, and goes or stays with what it belongs to. */
  readonly follower: boolean;
}

export interface DecideOptions {
  /** Images that stay whatever the rules say, by digest, with the reason. */
  readonly protected?: ReadonlyMap<string, string>;
  /** Seconds; whatever was pushed, tagged or untagged since stays. */
  readonly minAge?: number;
  /** Lets the last image of a repository go. */
  readonly allowEmpty?: boolean;
  /** Believes push times although most are equal, and tells those of one second apart by tag. */
  readonly trustMtimes?: boolean;
  /** The tree as a whole shows equal times, whatever this repository shows. */
  readonly timesSuspicious?: boolean;
  /** Since when pulls are on record without a gap; undefined where none are. */
  readonly pullsSince?: number;
}

/** What the rules are bound to. */
export interface Moment {
  /** Seconds since 1970. */
  readonly now: number;
  /** Push times are right, so that those of one second are told apart. */
  readonly trusted: boolean;
  readonly pullsSince?: number | undefined;
}

/** What one rule set says of one image, before protection and the last-image guard. */
export interface PolicyVerdict {
  readonly expire: boolean;
  readonly reason: string;
  readonly rule?: number;
}

/** One retention, bound to a moment. */
export interface Evaluator {
  /** Whether what it decides hangs on push times. */
  readonly needsPushTimes: boolean;
  readonly ageBy: AgeBy;
  /** By digest, for every image given. */
  verdicts(images: readonly ImageView[]): ReadonlyMap<string, PolicyVerdict>;
  /**
   * Why a follower with tags of its own stays though what it follows goes.
   * @param rule priority of the rule that expires what it follows
   * @param images those that were judged: one that a count would keep among them stays
   */
  keepsFollower(
    follower: ImageView,
    rule: number | undefined,
    images: readonly ImageView[],
  ): string | undefined;
}
