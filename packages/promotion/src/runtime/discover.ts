import { formatInstant, parseInstant } from "@argo-ts/kernel"
import type { Git } from "@argo-ts/kernel/git"
import type {
  DiscoveredArtifacts,
  DiscoveredCommit,
  DiscoveredImage,
  GitDiscoveryResult,
  GitSubscription,
  ImageDiscoveryResult,
  ImageSubscription,
  RepoSubscription,
  Warehouse,
} from "../api/warehouse.js"
import {
  discoveredTag,
  needsPaths,
  selectCommits,
  selectsPaths,
  selectTags,
} from "../core/git-selection.js"
import { discoveryLimitDefault, planImages, rankImages } from "../core/image-selection.js"
import type { Registry } from "../registries/registry.js"

/** Where Warehouses look. */
export interface DiscoverySources {
  readonly git: Git
  readonly registry: Registry
}

/** The longest history that path filters walk. */
const historyMax = 10_000
const batchMax = 1000

async function branchCommits(
  subscription: GitSubscription,
  git: Git,
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
    found.push(...selectCommits(subscription, batch))
    if (!isFiltered || batch.length < limit || found.length >= discoveryLimit) break
    skip += limit
    limit = Math.min(batchMax, limit * 2)
  }
  return found.slice(0, discoveryLimit)
}

async function tagCommits(
  subscription: GitSubscription,
  git: Git,
): Promise<readonly DiscoveredCommit[]> {
  const { repoURL, discoveryLimit = discoveryLimitDefault } = subscription
  const tags = selectTags(subscription, await git.tags(repoURL))
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
  sources: DiscoverySources,
): Promise<GitDiscoveryResult> {
  const isBranch = (git.commitSelectionStrategy ?? "NewestFromBranch") === "NewestFromBranch"
  const commits = await (isBranch ? branchCommits(git, sources.git) : tagCommits(git, sources.git))
  return { repoURL: git.repoURL, ...named(subscription), commits }
}

async function discoverImages(
  subscription: RepoSubscription,
  image: ImageSubscription,
  { registry }: DiscoverySources,
): Promise<ImageDiscoveryResult> {
  const plan = planImages(
    image,
    image.imageSelectionStrategy === "Digest" ? [] : await registry.tags(image.repoURL),
  )
  const found: DiscoveredImage[] = []
  for (const tag of plan.tags) {
    const answer = await registry.image(image.repoURL, tag)
    if (answer === undefined) continue
    const created = answer.createdAt === undefined ? undefined : parseInstant(answer.createdAt)
    found.push({
      tag,
      digest: answer.digest,
      ...(answer.annotations === undefined ? {} : { annotations: answer.annotations }),
      ...(created?.ok === true ? { createdAt: formatInstant(created.value) } : {}),
    })
  }
  return {
    repoURL: image.repoURL,
    ...named(subscription),
    references: rankImages(image, plan, found),
  }
}

/** Asks every source of a Warehouse, in the order of its subscriptions. The first that fails fails the pass. */
export async function discoverArtifacts(
  warehouse: Warehouse,
  sources: DiscoverySources,
): Promise<DiscoveredArtifacts> {
  const git: GitDiscoveryResult[] = []
  const images: ImageDiscoveryResult[] = []
  for (const subscription of warehouse.spec.subscriptions) {
    if (subscription.git !== undefined)
      git.push(await discoverGit(subscription, subscription.git, sources))
    if (subscription.image !== undefined)
      images.push(await discoverImages(subscription, subscription.image, sources))
  }
  return { ...(git.length === 0 ? {} : { git }), ...(images.length === 0 ? {} : { images }) }
}
