import type { PodSpec } from "./workloads.js"

/** Names of the claims that a pod mounts, each once, in the order of its volumes. */
export function claimsOf({ volumes = [] }: PodSpec): readonly string[] {
  const names = volumes.flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  )
  return names.length < 2 ? names : [...new Set(names)]
}
