/**
 * Retention policies and their decisions as data. Times are seconds since 1970, durations are
 * seconds.
 */

export type TagStatus = 'tagged' | 'untagged' | 'any';

/**
 * The images that an ECR rule selects. All entries of a list must match, each by some tag of the
 * image.
 */
export interface RuleSelection {
  readonly tagStatus: TagStatus;
  readonly patterns?: readonly string[];
  readonly prefixes?: readonly string[];
  /** Regular expressions, written `/…/`. */
  readonly expressions?: readonly string[];
}

export type RuleLimit =
  | { readonly kind: 'count'; readonly images: number }
  | { readonly kind: 'age'; readonly days: number }
  | { readonly kind: 'pulled'; readonly days: number };

export interface EcrRule {
  /** Rules with a lower number are applied first. */
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
  /** The repository named in the AWS CLI's output, if the policy was pasted from there. */
  readonly awsRepository?: string;
  readonly at: string;
}

export type AgeBy = 'pushed' | 'created';

export type SortBy = 'pushed' | 'semver' | 'name';

/** A rule for a group of images. A selected image is kept if any of the criteria keeps it. */
export interface KeepRule {
  /** Or patterns for tags: an image is selected if one of its tags matches one of them. */
  readonly select: 'all' | 'untagged' | readonly string[];
  /** Patterns for tags: an image with such a tag is not selected. */
  readonly except?: readonly string[];
  readonly keepLast?: number;
  /**
   * The order that `keepLast` counts in. With `semver`, only tags that are versions select an
   * image.
   */
  readonly sortBy: SortBy;
  /** In seconds. */
  readonly keepWithin?: number;
  /** In seconds since the last pull. */
  readonly pulledWithin?: number;
  /** Patterns for tags. */
  readonly keepTags?: readonly string[];
  /** In seconds since the push, even if `ageBy` is `created`. */
  readonly minAge?: number;
}

/** An image is kept if any rule that selects it keeps it, or if no rule selects it. */
export interface KeepRetention {
  readonly kind: 'keep';
  readonly rules: readonly KeepRule[];
  /**
   * True for a list of `rules`; false for criteria of the entry itself, which are one rule for all
   * images.
   */
  readonly grouped: boolean;
  readonly ageBy: AgeBy;
  readonly at: string;
}

export type Retention = EcrRetention | KeepRetention;

export interface PolicyEntry {
  /** Globs for repository names. */
  readonly match: readonly string[];
  readonly retention: Retention;
  readonly at: string;
}

export interface Policy {
  readonly file: string;
  readonly protect: { readonly tags: readonly string[]; readonly digests: readonly string[] };
  /** A policy that would expire more than this is refused. */
  readonly maxDelete?: MaxDelete;
  /** Messages for the user about fields that were read differently than they were written. */
  readonly readings?: readonly string[];
  /** The first entry that matches a repository's name applies. */
  readonly entries: readonly PolicyEntry[];
}

/** Limits relative to all images that the policy decides about. */
export interface MaxDelete {
  /** A number from 0 to 1. */
  readonly share?: number;
  readonly images?: number;
}

/** The source of a time: the mtime of a link, or the image's configuration. */
export type TimeSource = 'tag-link' | 'revision-link' | 'created';

/** One manifest of a repository, as retention sees it. */
export interface ImageView {
  readonly digest: string;
  readonly tags: readonly string[];
  /** Newest mtime of its tags' links; of its revision link if it has no tag; 0 if unknown. */
  readonly pushedAt: number;
  /** When it was last pushed or lost a tag. */
  readonly touchedAt?: number;
  /** The last recorded pull. */
  readonly pulledAt?: number;
  /** The creation time in the image's configuration. */
  readonly createdAt?: number;
  /** Manifests of this repository that it refers to. They are kept or expire with it. */
  readonly children?: readonly string[];
  /** Its subjects. It is kept or expires with them, and with the digests in its cosign tags. */
  readonly attachedTo?: readonly string[];
  /**
   * Why it can't be judged. It is kept with everything that it refers to, and rules do not count
   * it.
   */
  readonly pinned?: string;
}

export interface Decision {
  readonly image: ImageView;
  readonly action: 'keep' | 'expire';
  /** For people, such as `rule 10: "expire untagged after 14 days"`. */
  readonly reason: string;
  /** Priority of the rule that expires it. */
  readonly rule?: number;
  readonly timeSource: TimeSource;
  /** It belongs to other images, and is kept or expires with them. */
  readonly follower: boolean;
}

export interface DecideOptions {
  /** Images that are kept whatever the rules decide: reasons by digest. */
  readonly protected?: ReadonlyMap<string, string>;
  /** In seconds. Images that were pushed, tagged or untagged more recently are kept. */
  readonly minAge?: number;
  /** Allows the last image of a repository to expire. */
  readonly allowEmpty?: boolean;
  /** Uses push times even if most are equal, and orders images of the same second by tag. */
  readonly trustMtimes?: boolean;
  /** Most times are equal in the complete tree, even if not in this repository. */
  readonly timesSuspicious?: boolean;
  /** Start of the pull records without a gap; undefined if there are none. */
  readonly pullsSince?: number;
}

/** Inputs that all rules depend on. */
export interface Moment {
  /** Seconds since 1970. */
  readonly now: number;
  /** Push times are reliable, so images of the same second are ordered by tag. */
  readonly trusted: boolean;
  readonly pullsSince?: number | undefined;
}

/** The decision of one rule set about one image, before protection and the last-image rule. */
export interface PolicyVerdict {
  readonly expire: boolean;
  readonly reason: string;
  readonly rule?: number;
}

/** The rules of one entry at one moment. */
export interface Evaluator {
  /** Whether the decisions depend on push times. */
  readonly needsPushTimes: boolean;
  readonly ageBy: AgeBy;
  /** @returns a verdict for each image, by digest */
  verdicts(images: readonly ImageView[]): ReadonlyMap<string, PolicyVerdict>;
  /**
   * @param rule priority of the rule that expires the image it belongs to
   * @param images the judged images; the follower counts as one more
   * @returns why a follower with tags of its own is kept although the image it belongs to expires;
   *   undefined if it is not
   */
  keepsFollower(
    follower: ImageView,
    rule: number | undefined,
    images: readonly ImageView[],
  ): string | undefined;
}
