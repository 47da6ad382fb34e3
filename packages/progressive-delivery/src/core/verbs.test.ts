import { epochMs } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import type { Rollout } from "../api/rollout.js"
import type { RolloutStatus } from "../api/rollout-status.js"
import { canaryRollout } from "../testing/index.js"
import { abort, promote, promoteFull, restart, retry, setImage, undo } from "./verbs.js"

const steps = [{ setWeight: 20 }, { analysis: { templates: [] } }, { pause: {} }]
const at = (status: RolloutStatus, paused = false): Rollout => {
  const rollout = canaryRollout({ steps }, { spec: paused ? { paused } : {} })
  return { ...rollout, status }
}
const startTime = "2026-01-01T00:00:00Z"
const ofStatus = (status: object) => ({ type: "merge", subresource: "status", patch: { status } })
const unpause = { type: "merge", patch: { spec: { paused: false } } }

test.each([
  [
    at({ currentStepIndex: 2, pauseConditions: [{ reason: "CanaryPauseStep", startTime }] }),
    [ofStatus({ pauseConditions: null })],
  ],
  [at({ currentStepIndex: 1 }), [ofStatus({ currentStepIndex: 2, pauseConditions: null })]],
  [at({ currentStepIndex: 3 }), []],
  [
    at({
      currentStepIndex: 1,
      pauseConditions: [{ reason: "InconclusiveAnalysisRun", startTime }],
    }),
    [ofStatus({ pauseConditions: null, controllerPause: false, currentStepIndex: 2 })],
  ],
  [at({ currentStepIndex: 1 }, true), [unpause]],
])("promote %#", (rollout, patches) => {
  expect(promote(rollout)).toEqual(patches)
})

test("promote in full, abort, retry, restart", () => {
  expect(promoteFull(at({ currentPodHash: "b", stableRS: "a" }))).toEqual([
    ofStatus({ promoteFull: true }),
  ])
  expect(promoteFull(at({ currentPodHash: "a", stableRS: "a" }))).toEqual([])
  expect(abort()).toEqual([ofStatus({ abort: true })])
  expect(retry()).toEqual([ofStatus({ abort: false })])
  expect(restart(epochMs(0))).toEqual([
    { type: "merge", patch: { spec: { restartAt: "1970-01-01T00:00:00Z" } } },
  ])
})

test("set image by name, by star, and of nobody", () => {
  const path = "/spec/template/spec/containers/0/image"
  const operations = [{ op: "replace", path, value: "shop:9" }]
  expect(setImage(at({}), "shop", "shop:9")).toEqual([{ type: "json", operations }])
  expect(setImage(at({}), "*", "shop:9")).toEqual([{ type: "json", operations }])
  expect(setImage(at({}), "other", "shop:9")).toEqual([])
})

test("undo of a revision that is not there changes nothing", () => {
  expect(undo([])).toEqual([])
  expect(undo([], 7)).toEqual([])
})
