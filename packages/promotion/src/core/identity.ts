import { compareText, sha1 } from "@argo-ts/kernel"
import type { FreightOrigin } from "../api/common.js"
import { joinPath, normalizeChartUrl, normalizeGitUrl } from "../api/repository-names.js"

/** `freight.commits[]`, as far as its identity goes. */
export interface CommitIdentity {
  readonly repoURL: string
  readonly id: string
  readonly tag?: string
  /** Name of the subscription, if it has one. */
  readonly subscriptionName?: string
}

/** `freight.images[]`, as far as its identity goes. */
export interface ImageIdentity {
  readonly repoURL: string
  readonly tag: string
  readonly digest: string
  readonly subscriptionName?: string
}

/** `freight.charts[]`, as far as its identity goes. */
export interface ChartIdentity {
  readonly repoURL: string
  /** Empty for OCI charts, whose URL names the chart. */
  readonly name?: string
  readonly version: string
  readonly subscriptionName?: string
}

/** `freight.artifacts[]`, as far as its identity goes. */
export interface ArtifactIdentity {
  readonly artifactType: string
  readonly subscriptionName: string
  readonly version: string
}

/** What a piece of Freight holds: content decides its name. */
export interface FreightIdentity {
  readonly origin: FreightOrigin
  readonly commits?: readonly CommitIdentity[]
  readonly images?: readonly ImageIdentity[]
  readonly charts?: readonly ChartIdentity[]
  readonly artifacts?: readonly ArtifactIdentity[]
}

function named(part: string, subscriptionName: string | undefined): string {
  return subscriptionName === undefined || subscriptionName === ""
    ? part
    : `${part}:${subscriptionName}`
}

function commitPart({ repoURL, id, tag, subscriptionName }: CommitIdentity): string {
  const version = tag === undefined || tag === "" ? id : `${tag}:${id}`
  return named(`${normalizeGitUrl(repoURL)}:${version}`, subscriptionName)
}

/** Image URLs are not normalised, as upstream: two spellings are two pieces of Freight. */
function imagePart({ repoURL, tag, digest, subscriptionName }: ImageIdentity): string {
  return named(`${repoURL}:${tag}@${digest}`, subscriptionName)
}

function chartPart({ repoURL, name = "", version, subscriptionName }: ChartIdentity): string {
  return named(`${joinPath(normalizeChartUrl(repoURL), name)}:${version}`, subscriptionName)
}

/**
 * The name of a piece of Freight: SHA-1 of its origin and its sorted content. The same content from the same Warehouse
 * has the same name wherever and however often it is found, so it is created once (spec/promotion §2.1).
 */
export function freightName(freight: FreightIdentity): string {
  const parts = [
    ...(freight.commits ?? []).map(commitPart),
    ...(freight.images ?? []).map(imagePart),
    ...(freight.charts ?? []).map(chartPart),
    ...(freight.artifacts ?? []).map(
      ({ artifactType, subscriptionName, version }) =>
        `${artifactType}:${subscriptionName}:${version}`,
    ),
  ]
  const { kind, name } = freight.origin
  return sha1(`${kind}/${name}:${parts.toSorted(compareText).join("|")}`)
}

/** The id of a collection of Freight: SHA-1 of its sorted names. */
export function freightCollectionId(names: readonly string[]): string {
  return sha1(names.toSorted(compareText).join(","))
}

const stagePartMax = 218

/** `<stage>.<ulid>.<first seven characters of the Freight>`: names sort by age because ULIDs do. */
export function promotionName(stage: string, ulid: string, freight: string): string {
  const part = stage.slice(0, stagePartMax).replace(/[.-]+$/, "")
  return `${part}.${ulid}.${freight.slice(0, 7)}`.toLowerCase()
}
