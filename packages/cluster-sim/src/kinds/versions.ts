import { compareText } from "@argo-ts/kernel"

const form = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/

function rank(version: string): readonly [number, number, number] {
  const match = form.exec(version)
  if (match === null) return [0, 0, 0]
  const [, major = "0", stage, minor = "0"] = match
  const stability = stage === undefined ? 3 : stage === "beta" ? 2 : 1
  return [stability, Number(major), Number(minor)]
}

/** Orders versions as Kubernetes prefers them: `v2`, `v1`, `v2beta1`, `v1beta2`, `v1alpha1`, then others by name. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [rank(left), rank(right)]
  for (let index = 0; index < 3; index++) {
    const difference = (b[index] ?? 0) - (a[index] ?? 0)
    if (difference !== 0) return difference
  }
  return compareText(left, right)
}
