import {
  type EpochMs,
  formatInstant,
  OperationError,
  parseInstant,
  type Result,
} from "@argo-ts/kernel"
import type { Git } from "@argo-ts/kernel/git"
import type {
  DiscoveredArtifacts,
  DiscoveredCommit,
  GitDiscoveryResult,
  GitSubscription,
  ImageDiscoveryResult,
  ImageSubscription,
  RepoSubscription,
  Warehouse,
} from "../api/warehouse.js"
import { instantOf } from "../core/availability.js"
import {
  discoveredTag,
  needsPaths,
  selectCommits,
  selectsPaths,
  selectTags,
} from "../core/git-selection.js"
import {
  discoveryLimitDefault,
  type FoundImage,
  planImages,
  rankImages,
} from "../core/image-selection.js"
import type { Registry, RegistryImage } from "../registries/registry.js"

/** What a filter expression has to say stops the look: nothing is left out in silence. */
function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value
  const message = result.issues[0]?.message ?? "a filter failed"
  throw new OperationError(message, { code: "FilterFailed", retryable: true })
}

/** Where Warehouses look. */
export interface DiscoverySources {
  readonly git: Git
  readonly registry: Registry
}

interface Look extends DiscoverySources {
  readonly now: EpochMs
}

/** The longest history that path filters walk. */
const historyMax = 10_000
const batchMax = 1000

async function branchCommits(
  subscription: GitSubscription,
  { git, now }: Look,
): Promise<readonly DiscoveredCommit[]> {
  const { repoURL, branch = "HEAD", discoveryLimit = discoveryLimitDefault } = subscription
  const since = subscription.since === undefined ? undefined : parseInstant(subscription.since)
  const bounds = since?.ok === true ? { since: since.value } : {}
  const isFiltered = needsPaths(subscription) || (subscription.expressionFilter ?? "") !== ""
  const found: DiscoveredCommit[] = []
  let limit = discoveryLimit
  for (let skip = 0; skip < historyMax; ) {
    const options = { limit, skip, withPaths: needsPaths(subscription), ...bounds }
    const batch = await git.history(repoURL, branch, options)
    found.push(...valueOf(selectCommits(subscription, batch, now)))
    if (!isFiltered || batch.length < limit || found.length >= discoveryLimit) break
    skip += limit
    limit = Math.min(batchMax, limit * 2)
  }
  return found.slice(0, discoveryLimit)
}

async function tagCommits(
  subscription: GitSubscription,
  { git, now }: Look,
): Promise<readonly DiscoveredCommit[]> {
  const { repoURL, discoveryLimit = discoveryLimitDefault } = subscription
  const tags = valueOf(selectTags(subscription, await git.tags(repoURL), now))
  const found: DiscoveredCommit[] = []
  for (const tag of tags) {
    if (found.length >= discoveryLimit) break
    if (needsPaths(subscription)) {
      const [commit] = await git.history(repoURL, tag.name, { limit: 1, withPaths: true })
      if (!selectsPaths(subscription, commit?.paths ?? [])) continue
    }
    found.push(discoveredTag(tag))
  }
  return found
}

function named({ name }: RepoSubscription): { readonly subscriptionName?: string } {
  return name === undefined ? {} : { subscriptionName: name }
}

async function discoverGit(
  subscription: RepoSubscription,
  git: GitSubscription,
  look: Look,
): Promise<GitDiscoveryResult> {
  const isBranch = (git.commitSelectionStrategy ?? "NewestFromBranch") === "NewestFromBranch"
  const commits = await (isBranch ? branchCommits(git, look) : tagCommits(git, look))
  return { repoURL: git.repoURL, ...named(subscription), commits }
}

function foundImage(tag: string, { digest, annotations, createdAt }: RegistryImage): FoundImage {
  const built = createdAt === undefined ? undefined : instantOf(createdAt)
  return {
    image: {
      tag,
      digest,
      ...(annotations === undefined ? {} : { annotations }),
      ...(built === undefined ? {} : { createdAt: formatInstant(built) }),
    },
    builtAt: built ?? 0,
  }
}

async function discoverImages(
  subscription: RepoSubscription,
  image: ImageSubscription,
  { registry }: Look,
): Promise<ImageDiscoveryResult> {
  const plan = planImages(
    image,
    image.imageSelectionStrategy === "Digest" ? [] : await registry.tags(image.repoURL),
  )
  const found: FoundImage[] = []
  for (const tag of plan.tags) {
    if (plan.isRanked && found.length >= plan.limit) break
    const answer = await registry.image(image.repoURL, tag, image.platform)
    if (answer !== undefined) found.push(foundImage(tag, answer))
  }
  return {
    repoURL: image.repoURL,
    ...(image.platform === undefined ? {} : { platform: image.platform }),
    ...named(subscription),
    references: rankImages(plan, found),
  }
}

/** Asks every source of a Warehouse, in the order of its subscriptions. The first that fails fails the pass. */
export async function discoverArtifacts(
  warehouse: Warehouse,
  sources: DiscoverySources,
  now: EpochMs,
): Promise<DiscoveredArtifacts> {
  const look: Look = { ...sources, now }
  const git: GitDiscoveryResult[] = []
  const images: ImageDiscoveryResult[] = []
  for (const subscription of warehouse.spec.subscriptions) {
    if (subscription.git !== undefined)
      git.push(await discoverGit(subscription, subscription.git, look))
    if (subscription.image !== undefined)
      images.push(await discoverImages(subscription, subscription.image, look))
  }
  return { ...(git.length === 0 ? {} : { git }), ...(images.length === 0 ? {} : { images }) }
}
