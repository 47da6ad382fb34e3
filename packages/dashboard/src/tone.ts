import type { Tone } from "./model.js"

const tones: ReadonlyMap<string, Tone> = new Map<string, Tone>([
  ...["Healthy", "Succeeded", "Successful", "Synced", "Deployed", "Skipped", "Omitted"].map(
    (state) => [state, "good"] as const,
  ),
  ...["Progressing", "Running", "Promoting", "Reconciling"].map(
    (state) => [state, "busy"] as const,
  ),
  ...["Pending", "Paused", "Suspended", "Waiting", "OutOfSync", "NotApplicable"].map(
    (state) => [state, "waiting"] as const,
  ),
  ...[
    "Degraded",
    "Failed",
    "Error",
    "Errored",
    "Unhealthy",
    "Missing",
    "Aborted",
    "Inconclusive",
  ].map((state) => [state, "bad"] as const),
])

/** The tone of an engine's word; a word nobody knows is `unknown`. */
export function toneOf(state: string): Tone {
  return tones.get(state) ?? "unknown"
}

const severity: readonly Tone[] = ["good", "unknown", "waiting", "busy", "bad"]

/** The tone that needs more attention. */
export function worse(left: Tone, right: Tone): Tone {
  return severity.indexOf(left) >= severity.indexOf(right) ? left : right
}
