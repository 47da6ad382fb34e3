import {
  canonicalJson,
  controllerReference,
  equalJson,
  fnv32a,
  type ObjectMeta,
  type Stored,
} from "@argo-ts/kernel"
import type { Deployment, PodTemplate, ReplicaSet } from "./workloads.js"

/** Annotations and labels that the Deployment controller owns. */
export const marks = {
  hash: "pod-template-hash",
  revision: "deployment.kubernetes.io/revision",
  history: "deployment.kubernetes.io/revision-history",
  desired: "deployment.kubernetes.io/desired-replicas",
  max: "deployment.kubernetes.io/max-replicas",
  lastApplied: "kubectl.kubernetes.io/last-applied-configuration",
} as const

const digits = "456789bcdf"

/** A hash of the template as pods and ReplicaSets carry it. */
export function templateHash(template: PodTemplate, collisionCount: number): string {
  const hash = fnv32a(`${canonicalJson(template)}/${collisionCount}`)
  return [...String(hash)].map((digit) => digits[Number(digit)]).join("")
}

function withoutHash(template: PodTemplate): PodTemplate {
  const labels = { ...template.metadata?.labels }
  delete labels[marks.hash]
  return { ...template, metadata: { ...template.metadata, labels } }
}

interface Comparison {
  readonly wanted: PodTemplate
  readonly isSame: boolean
}

/** Templates stay while everything else of their objects changes: each is compared once with what is wanted. */
const compared = new WeakMap<PodTemplate, Comparison>()

/** True for a ReplicaSet that makes the pods the Deployment wants now. */
export function isCurrent(set: ReplicaSet, deployment: Deployment): boolean {
  const { template } = set.spec
  const wanted = deployment.spec.template
  const known = compared.get(template)
  if (known?.wanted === wanted) return known.isSame
  const isSame = equalJson(withoutHash(template), withoutHash(wanted))
  compared.set(template, { wanted, isSame })
  return isSame
}

/** The revision a ReplicaSet carries; 0 where it has none. */
export function revisionOf(set: ReplicaSet): number {
  const revision = Number(set.metadata.annotations?.[marks.revision] ?? 0)
  return Number.isFinite(revision) ? revision : 0
}

/** Annotations of the Deployment that its ReplicaSets inherit. */
function inherited(deployment: Deployment): { [name: string]: string } {
  const own: readonly string[] = [
    marks.lastApplied,
    marks.revision,
    marks.history,
    marks.desired,
    marks.max,
  ]
  const entries = Object.entries(deployment.metadata.annotations ?? {})
  return Object.fromEntries(entries.filter(([name]) => !own.includes(name)))
}

/** What a ReplicaSet is made with. */
export interface SetSize {
  readonly replicas: number
  readonly revision: number
  readonly maxReplicas: number
}

/** The annotations of the current ReplicaSet; a revision that it had before is kept in its history. */
export function setAnnotations(
  deployment: Deployment,
  size: Omit<SetSize, "replicas">,
  set?: ReplicaSet,
): { readonly [name: string]: string } {
  const old = set?.metadata.annotations ?? {}
  const former = old[marks.revision]
  const isRevived = former !== undefined && former !== String(size.revision)
  const history = isRevived
    ? [old[marks.history], former].filter(Boolean).join(",")
    : old[marks.history]
  return {
    ...old,
    ...inherited(deployment),
    [marks.revision]: String(size.revision),
    [marks.desired]: String(deployment.spec.replicas ?? 1),
    [marks.max]: String(size.maxReplicas),
    ...(history === undefined ? {} : { [marks.history]: history }),
  }
}

/** The ReplicaSet for the template that a Deployment has now. */
export function newReplicaSet(deployment: Stored<Deployment>, size: SetSize): ReplicaSet {
  const { template, selector, minReadySeconds } = deployment.spec
  const { name, namespace } = deployment.metadata
  const hash = templateHash(template, deployment.status?.collisionCount ?? 0)
  const own = { [marks.hash]: hash }
  const labels = { ...template.metadata?.labels, ...own }
  const metadata: ObjectMeta = {
    name: `${name}-${hash}`,
    ...(namespace === undefined ? {} : { namespace }),
    labels,
    annotations: setAnnotations(deployment, size),
    ownerReferences: [controllerReference(deployment)],
  }
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata,
    spec: {
      replicas: size.replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, ...own } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  }
}
