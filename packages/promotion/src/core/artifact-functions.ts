import { GoStruct, type Value } from "@argo-ts/expr/values"
import type {
  ArtifactReference,
  ChartReference,
  FreightReference,
  GitCommitReference,
  ImageReference,
} from "../api/common.js"
import { normalizeGitUrl } from "../api/repository-names.js"
import { LookupError } from "./evaluate.js"
import { anyType, functionOf, originType, stringType, structOf, textIn } from "./functions.js"
import { originKey } from "./references.js"

type Functions = { readonly [name: string]: Value }

function commit(found: GitCommitReference): Value {
  const { repoURL, id, branch = "", tag = "", message = "" } = found
  const { author = "", committer = "", subscriptionName = "" } = found
  return structOf(
    "v1alpha1.GitCommit",
    [
      ["RepoURL", repoURL],
      ["ID", id],
      ["Branch", branch],
      ["Tag", tag],
      ["Message", message],
      ["Author", author],
      ["Committer", committer],
      ["SubscriptionName", subscriptionName],
    ],
    { json: { ...found } },
  )
}

function image(found: ImageReference): Value {
  const { repoURL, tag = "", digest = "", annotations = {}, subscriptionName = "" } = found
  return structOf(
    "v1alpha1.Image",
    [
      ["RepoURL", repoURL],
      ["Tag", tag],
      ["Digest", digest],
      ["Annotations", annotations],
      ["SubscriptionName", subscriptionName],
    ],
    { json: { ...found } },
  )
}

function chart(found: ChartReference): Value {
  const { repoURL, name = "", version, subscriptionName = "" } = found
  return structOf(
    "v1alpha1.Chart",
    [
      ["RepoURL", repoURL],
      ["Name", name],
      ["Version", version],
      ["SubscriptionName", subscriptionName],
    ],
    { json: { ...found } },
  )
}

function artifact(found: ArtifactReference): Value {
  const { artifactType, subscriptionName, version, metadata = null } = found
  return structOf(
    "v1alpha1.ArtifactReference",
    [
      ["ArtifactType", artifactType],
      ["SubscriptionName", subscriptionName],
      ["Version", version],
      ["Metadata", metadata as Value],
    ],
    { json: { ...found } as Value },
  )
}

function originIn(args: readonly Value[]): string | undefined {
  const origin = args.find((arg) => arg instanceof GoStruct)
  return origin === undefined
    ? undefined
    : `${textIn(origin.fields.get("Kind"))}/${textIn(origin.fields.get("Name"))}`
}

/** The one artifact that matches; two are an error, for nobody could tell which was meant. */
function only<T>(
  freight: readonly FreightReference[],
  pick: (reference: FreightReference) => readonly T[],
  args: readonly Value[],
): T | undefined {
  const key = originIn(args)
  const found = freight
    .filter((reference) => key === undefined || originKey(reference.origin) === key)
    .flatMap(pick)
  if (found.length > 1)
    throw new LookupError(
      `more than one artifact of ${textIn(args[0])}: name the origin, as in imageFrom(repository, warehouse("name"))`,
    )
  return found[0]
}

type Call = (args: readonly Value[]) => Value
type Calls = { readonly [name in "commitFrom" | "imageFrom" | "chartFrom" | "artifactFrom"]: Call }

/** Git URLs are compared normalised, others as they are written; a missing chart is an error, the rest nil. */
function lookups(freight: readonly FreightReference[]): Calls {
  return {
    commitFrom: (args) => {
      const wanted = normalizeGitUrl(textIn(args[0]))
      const of = ({ commits = [] }: FreightReference): readonly GitCommitReference[] =>
        commits.filter(({ repoURL }) => normalizeGitUrl(repoURL) === wanted)
      const found = only(freight, of, args)
      return found === undefined ? null : commit(found)
    },
    imageFrom: (args) => {
      const of = ({ images = [] }: FreightReference): readonly ImageReference[] =>
        images.filter(({ repoURL }) => repoURL === args[0])
      const found = only(freight, of, args)
      return found === undefined ? null : image(found)
    },
    chartFrom: (args) => {
      const wanted = textIn(args[1])
      const of = ({ charts = [] }: FreightReference): readonly ChartReference[] =>
        charts.filter(({ repoURL, name = "" }) => repoURL === args[0] && name === wanted)
      const found = only(freight, of, args)
      if (found !== undefined) return chart(found)
      const name = wanted === "" ? "" : ` named ${wanted}`
      throw new LookupError(`there is no chart${name} of ${textIn(args[0])} here`)
    },
    artifactFrom: (args) => {
      const of = ({ artifacts = [] }: FreightReference): readonly ArtifactReference[] =>
        artifacts.filter(({ subscriptionName }) => subscriptionName === args[0])
      const found = only(freight, of, args)
      return found === undefined ? null : artifact(found)
    },
  }
}

const byName = { params: [stringType] } as const
const byNameAndOrigin = { params: [stringType], rest: originType } as const

/**
 * `warehouse`, `commitFrom`, `imageFrom`, `chartFrom`, `artifactFrom` over some Freight (spec/promotion §2.9.6).
 *
 * Differs from Kargo: what counts is the Freight at hand; upstream also refuses a repository to which Warehouses
 * of two origins subscribe while only one of them has Freight here.
 */
export function artifactFunctions(freight: readonly FreightReference[]): Functions {
  const { commitFrom, imageFrom, chartFrom, artifactFrom } = lookups(freight)
  const origin = ([name = ""]: readonly Value[]): Value =>
    structOf(originType.name, [
      ["Kind", "Warehouse"],
      ["Name", name],
    ])
  return {
    warehouse: functionOf({ ...byName, result: originType }, origin),
    commitFrom: functionOf(byNameAndOrigin, commitFrom),
    imageFrom: functionOf(byNameAndOrigin, imageFrom),
    chartFrom: functionOf({ ...byName, rest: anyType }, chartFrom),
    artifactFrom: functionOf(byNameAndOrigin, artifactFrom),
  }
}

/** The functions of freight creation criteria: they look at what was just found and take no origin (§2.6). */
export function criteriaFunctions(found: FreightReference): Functions {
  const { commitFrom, imageFrom, chartFrom, artifactFrom } = lookups([found])
  return {
    commitFrom: functionOf(byName, commitFrom),
    imageFrom: functionOf(byName, imageFrom),
    chartFrom: functionOf({ ...byName, rest: stringType }, chartFrom),
    artifactFrom: functionOf(byName, artifactFrom),
  }
}
