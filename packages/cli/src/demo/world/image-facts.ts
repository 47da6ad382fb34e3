import { textAt } from "@argo-ts/kernel"
import { imageName, registryHost } from "./places.js"
import type { Registry } from "./registry.js"

/** Reads the error rate that an image was shipped with; 0 for images of somebody else. */
export function createErrorRates(registry: Pick<Registry, "manifest">): (image: string) => number {
  const known = new Map<string, number>()
  const prefix = `${registryHost}/${imageName}:`
  return (image) => {
    if (!image.startsWith(prefix)) return 0
    const cached = known.get(image)
    if (cached !== undefined) return cached
    const manifest = registry.manifest(imageName, image.slice(prefix.length))
    if (manifest === undefined) return 0
    const rate = Number(textAt(manifest, "annotations", "com.example.shop.error-rate"))
    known.set(image, Number.isFinite(rate) ? rate : 0)
    return known.get(image) ?? 0
  }
}
