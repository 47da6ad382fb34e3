import { type ProbeSurroundings, probeOnce } from "@argo-ts/kernel/process"
import type { Container } from "../../api/template.js"

const pollMs = 100

/**
 * Resolves when a container's `readinessProbe` has succeeded as often as it has to; at once where it has none, `false`
 * where `signal` was aborted before. Ports are this machine's. It looks ten times a second, whatever `periodSeconds` and
 * `initialDelaySeconds` say: they spare a cluster.
 */
export async function untilReady(
  container: Container,
  surroundings: ProbeSurroundings,
  signal: AbortSignal,
): Promise<boolean> {
  const probe = container.readinessProbe
  if (probe === undefined) return !signal.aborted
  const { successThreshold } = probe
  const threshold = typeof successThreshold === "number" ? successThreshold : 1
  for (let successes = 0; !signal.aborted; ) {
    successes = (await probeOnce(probe, surroundings)) === undefined ? successes + 1 : 0
    if (successes >= threshold) return true
    await pause(signal)
  }
  return false
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, pollMs)
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
