import type { JsonObject } from "@argo-ts/kernel"
import type { Template } from "../api/template.js"
import type { Run } from "./run.js"

/** Why a step cannot have its volumes: the first one it mounts that nobody declares. Upstream finds it as it makes the pod. */
export function mountFault(run: Run, template: Template): string | undefined {
  const mounts = mountsOf(template)
  if (mounts.length === 0) return undefined
  const { volumes = [], volumeClaimTemplates = [] } = run.spec
  const names = [
    ...[...(template.volumes ?? []), ...volumes].map((volume) => volume["name"]),
    ...volumeClaimTemplates.map((claim) => (claim["metadata"] as JsonObject | undefined)?.["name"]),
  ]
  // What a name with tags comes to is known when the pod is made.
  if (names.some((name) => typeof name !== "string" || name.includes("{{"))) return undefined
  const missing = mounts.find((mount) => !names.some((name) => name === mount["name"]))
  return missing === undefined
    ? undefined
    : `volume '${String(missing["name"])}' not found in workflow spec`
}

/** Most templates mount nothing, and then nothing is made: this is asked for every step. */
function mountsOf(template: Template): readonly JsonObject[] {
  const { container, script, containerSet, sidecars = none, initContainers = none } = template
  let mounts = (container ?? script ?? containerSet)?.volumeMounts ?? noMounts
  for (const parts of [containerSet?.containers ?? none, initContainers, sidecars]) {
    for (const { volumeMounts } of parts) {
      if (volumeMounts !== undefined) mounts = [...mounts, ...volumeMounts]
    }
  }
  return mounts
}

const noMounts: readonly JsonObject[] = []
const none: readonly { readonly volumeMounts?: readonly JsonObject[] }[] = []
