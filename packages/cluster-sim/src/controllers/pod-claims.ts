import type { Pod, Volume } from "./workloads.js"

/** The name of the claim that a generic ephemeral volume of a pod is. */
export function ephemeralClaimName(pod: string, volume: string): string {
  return `${pod}-${volume}`
}

function claimName(pod: Pod, { name, persistentVolumeClaim, ephemeral }: Volume): string[] {
  if (persistentVolumeClaim !== undefined) return [persistentVolumeClaim.claimName]
  return ephemeral === undefined ? [] : [ephemeralClaimName(pod.metadata.name ?? "", name)]
}

/** Names of the claims that a pod mounts, each once, in the order of its volumes. */
export function claimsOf(pod: Pod): readonly string[] {
  const { volumes } = pod.spec
  if (volumes === undefined) return []
  const names = volumes.flatMap((volume) => claimName(pod, volume))
  return names.length < 2 ? names : [...new Set(names)]
}

/** Whether a claim is that of a generic ephemeral volume of the pod, which then has to own it. */
export function isEphemeralOf(pod: Pod, claim: string): boolean {
  return (pod.spec.volumes ?? []).some(
    ({ name, ephemeral }) =>
      ephemeral !== undefined && ephemeralClaimName(pod.metadata.name ?? "", name) === claim,
  )
}
