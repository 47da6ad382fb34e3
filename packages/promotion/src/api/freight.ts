import type { JsonValue, ObjectMeta } from "@argo-ts/kernel"
import type {
  ArtifactReference,
  ChartReference,
  FreightOrigin,
  GitCommitReference,
  ImageReference,
} from "./common.js"

/** A set of artifacts that is promoted together. Its content never changes; its name is a hash of it. */
export interface Freight {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  /** A name for people, unique in the namespace; also the label `kargo.akuity.io/alias`. */
  readonly alias?: string
  /** RFC 3339. Default the creation time. */
  readonly discoveredAt?: string
  readonly origin: FreightOrigin
  readonly commits?: readonly GitCommitReference[]
  readonly images?: readonly ImageReference[]
  readonly charts?: readonly ChartReference[]
  readonly artifacts?: readonly ArtifactReference[]
  readonly status?: FreightStatus
}

/** `status` of Freight; all keys are names of Stages. */
export interface FreightStatus {
  readonly currentlyIn?: { readonly [stage: string]: CurrentStage }
  readonly verifiedIn?: { readonly [stage: string]: VerifiedStage }
  readonly approvedFor?: { readonly [stage: string]: ApprovedStage }
  /** Set by `set-metadata`. */
  readonly metadata?: { readonly [key: string]: JsonValue }
}

/** Since when Freight is in a Stage. */
export interface CurrentStage {
  readonly since?: string
}

/** When Freight was verified in a Stage. */
export interface VerifiedStage {
  readonly verifiedAt?: string
  /** The longest finished stay, a duration. */
  readonly longestSoak?: string
}

/** When a person approved Freight for a Stage. */
export interface ApprovedStage {
  readonly approvedAt?: string
}
