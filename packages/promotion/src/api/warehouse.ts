import type { Condition, JsonObject, ObjectMeta } from "@argo-ts/kernel"

/** Watches sources of artifacts and makes Freight of what it finds. */
export interface Warehouse {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec: WarehouseSpec
  readonly status?: WarehouseStatus
}

/** `spec` of a Warehouse. */
export interface WarehouseSpec {
  /**
   * Which controller is responsible.
   * @unsupported sharding is not built yet
   */
  readonly shard?: string
  /** How often to look: a duration in h, m and s. Default 5m0s. */
  readonly interval?: string
  /** Default Automatic. */
  readonly freightCreationPolicy?: "Automatic" | "Manual"
  readonly freightCreationCriteria?: FreightCreationCriteria
  /** At least one. */
  readonly subscriptions: readonly RepoSubscription[]
}

/** What must hold for Freight to be made. */
export interface FreightCreationCriteria {
  /** expr-lang without `${{ }}`; empty holds. */
  readonly expression?: string
}

/** One source of artifacts: exactly one of `git` and `image`. */
export interface RepoSubscription {
  /** A DNS label, unique in the Warehouse; part of the identity of Freight. */
  readonly name?: string
  readonly git?: GitSubscription
  readonly image?: ImageSubscription
  /**
   * Helm charts.
   * @unsupported chart subscriptions are not built yet
   */
  readonly chart?: JsonObject
  /**
   * Any other key names a kind of artifact of its own.
   * @unsupported subscriptions of other kinds are not built yet
   */
  readonly [kind: string]: unknown
}

/** Commits of a repository. */
export interface GitSubscription {
  /** http(s), ssh or `user@host:path`. */
  readonly repoURL: string
  /** Default the remote's own branch. */
  readonly branch?: string
  /** Default NewestFromBranch. */
  readonly commitSelectionStrategy?: "NewestFromBranch" | "SemVer" | "Lexical" | "NewestTag"
  readonly semverConstraint?: string
  /** Default true: exactly three components. */
  readonly strictSemvers?: boolean
  readonly allowTagsRegexes?: readonly string[]
  readonly ignoreTagsRegexes?: readonly string[]
  /** Prefixes, `glob:…`, `regex:…`. */
  readonly includePaths?: readonly string[]
  /** Prefixes, `glob:…`, `regex:…`. */
  readonly excludePaths?: readonly string[]
  /** expr-lang without `${{ }}`. */
  readonly expressionFilter?: string
  /** 1 to 100. Default 20. */
  readonly discoveryLimit?: number
  /** RFC 3339; NewestFromBranch only. */
  readonly since?: string
  /** Without effect: clones are shared and local. */
  readonly blobless?: boolean
  /**
   * Trust any certificate.
   * @unsupported certificates are always verified
   */
  readonly insecureSkipTLSVerify?: boolean
  /**
   * Deprecated upstream.
   * @unsupported use `allowTagsRegexes`
   */
  readonly allowTags?: string
  /**
   * Deprecated upstream.
   * @unsupported use `ignoreTagsRegexes`
   */
  readonly ignoreTags?: readonly string[]
}

/** Tags of an image repository. */
export interface ImageSubscription {
  /** Without scheme and tag. */
  readonly repoURL: string
  /** Default SemVer. */
  readonly imageSelectionStrategy?: "SemVer" | "Lexical" | "NewestBuild" | "Digest"
  /** A semver range, or for Digest the tag to follow. */
  readonly constraint?: string
  /** Default true: exactly three components. */
  readonly strictSemvers?: boolean
  readonly allowTagsRegexes?: readonly string[]
  readonly ignoreTagsRegexes?: readonly string[]
  /** `os/arch[/variant]`, compared exactly. Default any. */
  readonly platform?: string
  /** Without effect: nothing is cached by tag. */
  readonly cacheByTag?: boolean
  /** 1 to 100. Default 20. */
  readonly discoveryLimit?: number
  /**
   * Trust any certificate.
   * @unsupported certificates are always verified
   */
  readonly insecureSkipTLSVerify?: boolean
}

/** `status` of a Warehouse. */
export interface WarehouseStatus {
  readonly conditions?: readonly Condition[]
  readonly lastHandledRefresh?: string
  readonly observedGeneration?: number
  readonly lastFreightID?: string
  readonly discoveredArtifacts?: DiscoveredArtifacts
}

/** What the last look found. */
export interface DiscoveredArtifacts {
  readonly discoveredAt?: string
  readonly git?: readonly GitDiscoveryResult[]
  readonly images?: readonly ImageDiscoveryResult[]
  /**
   * Versions of charts.
   * @unsupported chart subscriptions are not built yet
   */
  readonly charts?: readonly JsonObject[]
  /**
   * What other subscriptions found.
   * @unsupported subscriptions of other kinds are not built yet
   */
  readonly results?: readonly JsonObject[]
}

/** Commits of one subscription, best first. */
export interface GitDiscoveryResult {
  readonly repoURL: string
  readonly subscriptionName?: string
  readonly commits: readonly DiscoveredCommit[]
  /** What the remote listed then. Written by upstream to spare itself a look; ignored. */
  readonly observedRefs?: JsonObject
}

/** One commit that a subscription selects. */
export interface DiscoveredCommit {
  readonly id: string
  readonly branch?: string
  readonly tag?: string
  readonly subject?: string
  readonly author?: string
  readonly committer?: string
  readonly creatorDate?: string
}

/** Tags of one subscription, best first. */
export interface ImageDiscoveryResult {
  readonly repoURL: string
  readonly platform?: string
  readonly subscriptionName?: string
  readonly references: readonly DiscoveredImage[]
}

/** One tag that a subscription selects. */
export interface DiscoveredImage {
  readonly tag: string
  readonly digest: string
  readonly annotations?: { readonly [key: string]: string }
  readonly createdAt?: string
}
