import type { Cluster } from "@argo-ts/k8s"
import {
  type EpochMs,
  type KubernetesObject,
  listAt,
  objectAt,
  parseDuration,
  parseInstant,
  textAt,
  valueAt,
} from "@argo-ts/kernel"
import type { ChangeSet } from "../world/developer.js"
import type { View } from "./view.js"

/** What the story remembers; kept in the cluster, so that it survives the death of the process. */
export type Notes = { readonly [name: string]: string }

/** What a step sees and may do. */
export interface Scene {
  readonly view: View
  readonly cluster: Cluster
  readonly notes: Notes
  now(): EpochMs
  /** Applies the manifests of the example. */
  setUp(): Promise<void>
  /** Pushes a change and tells the webhook; answers the commit. */
  push(change: ChangeSet): Promise<string>
  /** Asks for a promotion, as `kargo promote` does. */
  promote(stage: string, freight: string): Promise<void>
}

/** The workflow that was started for a commit. */
export function workflowsOf(view: View, commit: string): readonly KubernetesObject[] {
  return view
    .of("Workflow")
    .filter((workflow) =>
      listAt(workflow, "spec", "arguments", "parameters").some(
        (parameter) =>
          textAt(parameter, "name") === "revision" && textAt(parameter, "value") === commit,
      ),
    )
}

/** The version that a commit's workflow pushed, or "". */
export function versionOf(view: View, commit: string): string {
  for (const workflow of workflowsOf(view, commit)) {
    for (const node of Object.values(objectAt(workflow, "status", "nodes"))) {
      const parameters = listAt(node, "outputs", "parameters")
      const version = parameters.find((each) => textAt(each, "name") === "version")
      if (version !== undefined) return textAt(version, "value")
    }
  }
  return ""
}

/** Freight that carries a version. */
export function freightOf(view: View, version: string): readonly KubernetesObject[] {
  if (version === "") return []
  return view
    .of("Freight")
    .filter((freight) =>
      listAt(freight, "images").some((image) => textAt(image, "tag") === version),
    )
}

/** The image tag that a rollout runs with all its pods, or "" while it is on its way. */
export function settledVersion(view: View, namespace: string): string {
  const rollout = view.get("Rollout", `${namespace}/shop`)
  const observed = textAt(rollout, "status", "observedGeneration")
  const isObserved = observed === String(rollout?.metadata.generation)
  if (!isObserved || textAt(rollout, "status", "phase") !== "Healthy") return ""
  const image = textAt(rollout, "spec", "template", "spec", "containers", 0, "image")
  return image.slice(image.lastIndexOf(":") + 1)
}

/** How long a piece of Freight has been in a Stage. */
export function soakedMs(view: View, freight: string, stage: string, now: EpochMs): number {
  const found = view.of("Freight").find((each) => each.metadata.name === freight)
  const since = parseInstant(textAt(found, "status", "currentlyIn", stage, "since"))
  const longest = parseDuration(textAt(found, "status", "verifiedIn", stage, "longestSoak"))
  return Math.max(since.ok ? now - since.value : 0, longest.ok ? longest.value : 0)
}

/** True where the Freight was verified in the Stage. */
export function isVerified(view: View, version: string, stage: string): boolean {
  return freightOf(view, version).some(
    (freight) => valueAt(freight, "status", "verifiedIn", stage) !== undefined,
  )
}

/** Promotions of a version to a Stage. */
export function promotionsOf(
  view: View,
  version: string,
  stage: string,
): readonly KubernetesObject[] {
  const names = new Set(freightOf(view, version).map((freight) => freight.metadata.name))
  return view
    .of("Promotion")
    .filter(
      (promotion) =>
        textAt(promotion, "spec", "stage") === stage &&
        names.has(textAt(promotion, "spec", "freight")),
    )
}
