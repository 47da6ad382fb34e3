import type { JsonObject } from "@argo-ts/kernel"
import type { Container, ContainerNode, Template } from "../api/template.js"

/** The containers that do the step's work: a single one, named main, or those of a set with what the set mounts. */
export function mainContainers(template: Template): readonly ContainerNode[] {
  const { container, script, containerSet } = template
  if (containerSet === undefined) {
    const one = container ?? script
    if (one === undefined) return []
    const { source: _source, ...rest } = { source: "", ...one }
    return [{ ...rest, name: "main" }]
  }
  const common = containerSet.volumeMounts ?? []
  return containerSet.containers.map((each) => ({
    ...each,
    volumeMounts: [...(each.volumeMounts ?? []), ...common],
  }))
}

/** Everything that runs for one step. */
export function allContainers(template: Template): readonly ContainerNode[] {
  const { initContainers = [], sidecars = [] } = template
  return [...initContainers, ...sidecars, ...mainContainers(template)]
}

/** What containers have mounted. */
export function mountsOf(containers: readonly Container[]): readonly JsonObject[] {
  return containers.flatMap(({ volumeMounts = [] }) => volumeMounts)
}
