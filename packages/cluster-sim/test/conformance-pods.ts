import type { PodBehavior, PodRule, PodScripts } from "../src/index.js"

const label = "conformance.argo-ts.dev/pod"

function rule(does: string, behavior: PodBehavior): PodRule {
  return { labelSelector: { matchLabels: { [label]: does } }, behavior }
}

/** Pods of the conformance suite: their label says what their commands do on a real cluster. */
export const conformancePods: PodScripts = {
  default: { startMs: 0, readyMs: 0, terminateMs: 1_000 },
  rules: [
    rule("lasts", { startMs: 0, readyMs: 0, exitMs: null }),
    rule("unready", { startMs: 0, readyMs: null, exitMs: null }),
    rule("succeeds", { startMs: 0, readyMs: 0, exitMs: 1_000 }),
    rule("fails", { startMs: 0, readyMs: 0, exitMs: 1_000, exitCode: 42 }),
  ],
}
