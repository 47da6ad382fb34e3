import type { ReconcileContext } from "@argo-ts/k8s"
import {
  canonicalJson,
  controllerReference,
  fnv32a,
  type Kind,
  type KubernetesObject,
  type LabelSelector,
  matchesLabels,
  type Stored,
} from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { type Adopter, claimOwned } from "./adoption.js"
import type { PodTemplate } from "./workloads.js"

/** A ControllerRevision. */
export interface ControllerRevision extends KubernetesObject {
  readonly data: object
  readonly revision: number
}

/** ControllerRevisions. */
export const controllerRevisions: Kind<ControllerRevision> = builtInKind(
  "apps/v1",
  "ControllerRevision",
) as Kind<ControllerRevision>

/** The label of a pod that names the revision it was made from. */
export const revisionLabel = "controller-revision-hash"
const hashLabel = "controller.kubernetes.io/hash"
const digits = "456789bcdf"

function hashOf(template: PodTemplate): string {
  return [...`${fnv32a(canonicalJson(template))}`].map((digit) => digits[Number(digit)]).join("")
}

/** An object whose templates are kept. */
interface RevisedSet extends KubernetesObject {
  readonly spec: { readonly selector: LabelSelector; readonly template: PodTemplate }
}

function revisionsOf(owner: Stored<RevisedSet>): Adopter<ControllerRevision> {
  const { selector } = owner.spec
  const selects = ({ metadata }: ControllerRevision): boolean =>
    matchesLabels(selector, metadata.labels)
  return { owner, kind: controllerRevisions, selects }
}

/** The revision of an owner's template as it is now, made or moved to the end where it is not the last one. */
export async function ensureRevision(
  owner: Stored<RevisedSet>,
  context: ReconcileContext,
): Promise<Stored<ControllerRevision>> {
  const { namespace = "", name: ownerName } = owner.metadata
  const { template } = owner.spec
  const hash = hashOf(template)
  const name = `${ownerName}-${hash}`
  const known = await claimOwned(revisionsOf(owner), context)
  const last = Math.max(0, ...known.map(({ revision }) => revision))
  const found = known.find((each) => each.metadata.name === name)
  if (found !== undefined) {
    if (found.revision === last) return found
    return context.cluster.update(controllerRevisions, { ...found, revision: last + 1 })
  }
  return context.cluster.create(controllerRevisions, {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      namespace,
      name,
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ownerReferences: [controllerReference(owner)],
    },
    data: { spec: { template: { ...template, $patch: "replace" } } },
    revision: last + 1,
  })
}

/** Deletes the oldest revisions that no pod is made from, beyond the limit. */
export async function pruneRevisions(
  owner: Stored<KubernetesObject>,
  kept: { readonly inUse: ReadonlySet<string>; readonly limit: number },
  { cluster, owned }: ReconcileContext,
): Promise<void> {
  const idle = owned(controllerRevisions, owner)
    .filter(({ metadata }) => !kept.inUse.has(metadata.name))
    .toSorted((left, right) => left.revision - right.revision)
  for (const { metadata } of idle.slice(0, Math.max(0, idle.length - kept.limit))) {
    await cluster.delete(controllerRevisions, {
      namespace: metadata.namespace ?? "",
      name: metadata.name,
    })
  }
}
