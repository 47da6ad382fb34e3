import { compareText } from "@argo-ts/kernel"
import type { ManagedResource } from "./compare.js"
import { at, objectsAt, textAt } from "./read.js"

/** Where kinds keep their pods' containers. */
const podSpecs: readonly (readonly string[])[] = [
  ["spec"],
  ["spec", "template", "spec"],
  ["spec", "jobTemplate", "spec", "template", "spec"],
]

/** The container images of the live objects, each once, sorted: `status.summary.images`. */
export function imagesOf(resources: readonly ManagedResource[]): readonly string[] {
  const images = new Set<string>()
  for (const { live } of resources) {
    for (const path of podSpecs) {
      const spec = at(live, ...path)
      for (const field of ["initContainers", "containers"]) {
        for (const container of objectsAt(spec, field)) {
          const image = textAt(container, "image")
          if (image !== undefined) images.add(image)
        }
      }
    }
  }
  return [...images].toSorted(compareText)
}
