import { type EpochMs, formatInstant } from "@argo-ts/kernel"
import type { GitCommitReference, ImageReference } from "../api/common.js"
import type { Freight } from "../api/freight.js"
import { kargoApiVersion } from "../api/kinds.js"
import type { DiscoveredArtifacts, Warehouse } from "../api/warehouse.js"
import { aliasFor } from "./aliases.js"
import { annotation } from "./annotations.js"
import { freightName } from "./identity.js"

function named(name: string | undefined): { readonly subscriptionName?: string } {
  return name === undefined ? {} : { subscriptionName: name }
}

function commitsOf({ git = [] }: DiscoveredArtifacts): readonly GitCommitReference[] {
  return git.flatMap(({ repoURL, subscriptionName, commits: [best] }) => {
    if (best === undefined) return []
    const { id, branch, tag, subject, author, committer } = best
    return [
      {
        repoURL,
        id,
        ...(branch === undefined ? {} : { branch }),
        ...(tag === undefined ? {} : { tag }),
        ...(subject === undefined ? {} : { message: subject }),
        ...(author === undefined ? {} : { author }),
        ...(committer === undefined ? {} : { committer }),
        ...named(subscriptionName),
      },
    ]
  })
}

function imagesOf({ images = [] }: DiscoveredArtifacts): readonly (ImageReference & {
  readonly tag: string
  readonly digest: string
})[] {
  return images.flatMap(({ repoURL, subscriptionName, references: [best] }) => {
    if (best === undefined) return []
    const { tag, digest, annotations } = best
    const noted = annotations === undefined ? {} : { annotations }
    return [{ repoURL, tag, digest, ...noted, ...named(subscriptionName) }]
  })
}

/** Freight of the best result of every subscription, named by its content. */
export function freightFrom(
  warehouse: Warehouse,
  found: DiscoveredArtifacts,
): Omit<Freight, "alias" | "discoveredAt"> {
  const commits = commitsOf(found)
  const images = imagesOf(found)
  const { name = "", namespace } = warehouse.metadata
  const origin = { kind: "Warehouse", name } as const
  return {
    apiVersion: kargoApiVersion,
    kind: "Freight",
    metadata: {
      name: freightName({ origin, commits, images }),
      ...(namespace === undefined ? {} : { namespace }),
    },
    origin,
    ...(commits.length === 0 ? {} : { commits }),
    ...(images.length === 0 ? {} : { images }),
  }
}

/** The Freight as it is created: with a name for people that no other has, and the instant it was found. */
export function newFreight(
  freight: Omit<Freight, "alias" | "discoveredAt">,
  others: readonly Pick<Freight, "alias">[],
  now: EpochMs,
): Freight {
  const taken = new Set(others.flatMap(({ alias }) => alias ?? []))
  const alias = aliasFor(freight.metadata.name ?? "", taken)
  const labels = { [annotation.alias]: alias }
  const metadata = { ...freight.metadata, labels }
  return { ...freight, metadata, alias, discoveredAt: formatInstant(now) }
}
