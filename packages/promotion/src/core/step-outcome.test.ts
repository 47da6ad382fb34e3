import { epochMs, type JsonObject } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import {
  decided,
  type PromotionRun,
  promotionWorld,
  run,
  startAt,
} from "../../test/promotion-run.js"
import { finishPromotion, type StepOutcome } from "./step-outcome.js"

const compose = (config: JsonObject, more: object = {}) => ({
  uses: "compose-output",
  config,
  ...more,
})
const phase = ({ world }: PromotionRun) => world.promotion.status?.phase
const message = ({ world }: PromotionRun) => world.promotion.status?.message

describe("retries and polls", () => {
  const once = (retry: object, outcome: StepOutcome, uses = "compose-output"): PromotionRun => {
    const apps = [{ name: "shop" }]
    const config = uses === "argocd-update" ? { apps } : {}
    return run(promotionWorld([{ uses, config, retry }]), () => outcome, { passesMax: 400 })
  }
  const minutes = ({ now }: PromotionRun): number => (now - startAt) / 60_000

  test("errors are counted up to the threshold, with growing waits", () => {
    const done = once({ errorThreshold: 4 }, { status: "Errored", message: "no answer" })
    expect(done.ran.map(({ key }) => key)).toEqual([0, 1, 2, 3].map((at) => `p/step-1/${at}`))
    expect((done.now - startAt) / 1000).toBe(1 + 2 + 4)
    expect(done.world.promotion.status?.stepExecutionMetadata?.[0]).toMatchObject({
      errorCount: 4,
      status: "Errored",
      message: "no answer",
    })
    expect(phase(once({ errorThreshold: 2 }, { status: "Failed" }))).toBe("Failed")
    expect(once({ errorThreshold: 0 }, { status: "Errored" }).ran).toHaveLength(1)
    expect(once({}, { status: "Errored" }).ran).toHaveLength(1)
    const long = once({ errorThreshold: 20 }, { status: "Errored" })
    expect(minutes(long)).toBeCloseTo((511 + 10 * 300) / 60, 5)
  })

  test("a terminal error ends it at once and is not counted", () => {
    const done = once({ errorThreshold: 4 }, { status: "Failed", isTerminal: true, message: "no" })
    expect(done.ran).toHaveLength(1)
    const [entry] = done.world.promotion.status?.stepExecutionMetadata ?? []
    expect(entry).toMatchObject({ status: "Failed", message: "no" })
    expect(entry).not.toHaveProperty("errorCount")
  })

  test("good polls do not take back errors", () => {
    const done = run(
      promotionWorld([{ uses: "compose-output", config: {}, retry: { errorThreshold: 2 } }]),
      (_action, attempt) => (attempt % 2 === 0 ? { status: "Errored" } : { status: "Running" }),
    )
    expect(done.ran).toHaveLength(3)
    expect(phase(done)).toBe("Errored")
  })

  test("polls wait as long as the step says, at least ten seconds, by default five minutes", () => {
    const waits = (retryAfterMs?: number): number => {
      const outcome: StepOutcome = { status: "Running", ...(retryAfterMs && { retryAfterMs }) }
      const done = run(promotionWorld([compose({})]), () => outcome, { passesMax: 4 })
      return decided(done.world, done.now).actions.length === 1 ? done.now - startAt : -1
    }
    expect(waits(1000)).toBe(10_000)
    expect(waits(60_000)).toBe(60_000)
    expect(waits()).toBe(300_000)
  })

  test("a step that polls rests until its time; one that listens runs whenever something changed", () => {
    const rests = (uses: string, config: object): number => {
      const steps = [{ uses, config: config as never }]
      const done = run(promotionWorld(steps), () => ({ status: "Running" }), { passesMax: 4 })
      const restsUntil = done.now
      const observed = { ...done.world.observed, restsUntil }
      const early = decided({ ...done.world, observed }, epochMs(restsUntil - 1))
      expect(early.wakeAt).toBe(early.actions.length === 0 ? restsUntil : undefined)
      expect(decided({ ...done.world, observed }, restsUntil).actions).toHaveLength(1)
      return early.actions.length
    }
    expect(rests("http", { url: "http://x" })).toBe(0)
    expect(rests("argocd-update", { apps: [{ name: "shop" }] })).toBe(1)
  })

  test("a timeout ends it, and the last wait ends with it; zero is none", () => {
    const done = once({ timeout: "7m" }, { status: "Running", message: "waiting" })
    expect(minutes(done)).toBe(7)
    expect(done.world.promotion.status).toMatchObject({
      phase: "Errored",
      message: "step step-1 timed out",
    })
    expect(minutes(once({}, { status: "Running" }, "argocd-update"))).toBe(5)
    expect(phase(once({ timeout: "0s" }, { status: "Running" }, "argocd-update"))).toBe("Running")
    expect(phase(once({}, { status: "Running" }))).toBe("Running")
  })

  test("what a step said last stays beside it", () => {
    const said = (outcome: StepOutcome) => {
      const done = run(promotionWorld([compose({})]), () => outcome, { passesMax: 5 })
      return done.world.promotion.status
    }
    const [skipped] = said({ status: "Skipped", message: "nothing" })?.stepExecutionMetadata ?? []
    expect(skipped).toMatchObject({ status: "Skipped", message: "nothing" })
    const running = said({ status: "Running", message: "waiting" })
    expect(running?.stepExecutionMetadata?.[0]).toMatchObject({
      status: "Running",
      message: "waiting",
    })
    const silent = said({ status: "Succeeded" })
    expect(silent?.stepExecutionMetadata?.[0]).not.toHaveProperty("message")
    expect(silent).not.toHaveProperty("healthChecks")
    expect(silent?.state).toEqual({ "step-1": null })
  })

  test("a step that was left running is an error of the promotion", () => {
    const entry = (status: "Running" | "Aborted" | "Skipped" | "Failed") => ({
      alias: status,
      status,
    })
    const end = (...statuses: Parameters<typeof entry>[0][]) =>
      finishPromotion({ stepExecutionMetadata: statuses.map(entry) }, startAt).phase
    expect(end("Running")).toBe("Errored")
    expect(end("Aborted", "Running")).toBe("Aborted")
    expect(end("Skipped", "Running")).toBe("Errored")
    expect(end("Aborted", "Failed")).toBe("Failed")
    expect(end()).toBe("Succeeded")
  })

  test("health checks are those of steps that succeeded", () => {
    const check = { uses: "argocd-update", config: { apps: [] } }
    const done = run(promotionWorld([compose({}), compose({}), compose({})]), ({ index }) => ({
      status: index === 1 ? "Skipped" : "Succeeded",
      healthCheck: { ...check, config: { index } },
    }))
    expect(done.world.promotion.status?.healthChecks).toEqual([
      { ...check, config: { index: 0 } },
      { ...check, config: { index: 2 } },
    ])
  })

  test("the worst step that counts gives the phase, the first of the worst the message", () => {
    const of = (...outcomes: readonly StepOutcome[]): PromotionRun =>
      run(
        promotionWorld(outcomes.map(() => compose({}, { if: "${{ always() }}" }))),
        ({ index }) => outcomes[index]!,
      )
    const failed = (text: string): StepOutcome => ({
      status: "Failed",
      isTerminal: true,
      message: text,
    })
    const errored = (text: string): StepOutcome => ({ ...failed(text), status: "Errored" })
    const skipped: StepOutcome = { status: "Skipped", message: "nothing had changed" }
    const end = (done: PromotionRun) => [phase(done), message(done)]
    expect(end(of(failed("1"), errored("2"), errored("3")))).toEqual(["Errored", "2"])
    expect(end(of(failed("1"), failed("2")))).toEqual(["Failed", "1"])
    expect(end(of(skipped))).toEqual(["Succeeded", undefined])
    expect(end(of())).toEqual([
      "Errored",
      "Stage dev has no promotion steps: it only passes Freight on",
    ])
  })
})
