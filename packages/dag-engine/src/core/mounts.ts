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

function mountsOf(template: Template): readonly JsonObject[] {
  const { container, script, containerSet, sidecars = [], initContainers = [] } = template
  const parts = [
    container,
    script,
    containerSet,
    ...(containerSet?.containers ?? []),
    ...initContainers,
    ...sidecars,
  ]
  return parts.flatMap((part) => part?.volumeMounts ?? [])
}
