import { epochMs, formatInstant, type JsonObject } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import {
  configsOf,
  decided,
  type PromotionRun,
  type PromotionWorld,
  performed,
  promotionWorld,
  run,
  startAt,
} from "../../test/promotion-run.js"
import type { Freight } from "../api/freight.js"
import type { Stage } from "../api/stage.js"
import { freightFixture } from "../testing/index.js"
import { controllerActor } from "./annotations.js"
import { createPromotion } from "./create-promotion.js"
import type { StepOutcome } from "./step-outcome.js"

const compose = (config: JsonObject, more: object = {}) => ({
  uses: "compose-output",
  config,
  ...more,
})
const stageOf = ({ observed }: PromotionWorld): Stage => observed.stage as Stage
const withStage = (world: PromotionWorld, change: Partial<Stage>): PromotionWorld => ({
  ...world,
  observed: { ...world.observed, stage: { ...stageOf(world), ...change } },
})
const metas = ({ world }: PromotionRun) =>
  world.promotion.status?.stepExecutionMetadata?.map(({ alias, status }) => `${alias} ${status}`)
const phase = ({ world }: PromotionRun) => world.promotion.status?.phase
const message = ({ world }: PromotionRun) => world.promotion.status?.message

describe("admission", () => {
  test("steps, variables, labels and owner come from the Stage, whatever the author wrote", () => {
    const steps = [compose({ a: 1 })]
    const template = { spec: { vars: [{ name: "b", value: "2" }], steps } }
    const world = promotionWorld(steps, {
      stage: { vars: [{ name: "a", value: "1" }], promotionTemplate: template },
    })
    const { promotion } = world
    const metadata = {
      ...promotion.metadata,
      labels: { mine: "kept" },
      annotations: { "kargo.akuity.io/auto-promotion-hold": "Warehouse/shop", mine: "kept" },
    }
    const forged = {
      ...promotion,
      metadata,
      spec: { ...promotion.spec, steps: [{ uses: "fail" }] },
    }
    const first = decided({ ...world, promotion: forged }, startAt)
    expect(first.actions).toMatchObject([{ type: "FillIn", key: "p/fill-in" }])
    expect(first.world.promotion.status).toEqual({})
    const filled = performed(first.world, first.actions[0] as never)
    expect(filled.promotion).toMatchObject({
      metadata: {
        labels: { mine: "kept", "kargo.akuity.io/stage": "dev" },
        annotations: { mine: "kept", "kargo.akuity.io/create-actor": "unknown" },
        ownerReferences: [{ kind: "Stage", name: "dev", uid: "uid-dev", controller: true }],
      },
      spec: {
        stage: "dev",
        vars: [
          { name: "a", value: "1" },
          { name: "b", value: "2" },
        ],
        steps,
      },
    })
    expect(filled.promotion.metadata.annotations).not.toHaveProperty(
      "kargo.akuity.io/auto-promotion-hold",
    )
    const second = decided(filled, startAt)
    expect(second.actions).toEqual([])
    expect(second.world.promotion.status).toEqual({ phase: "Pending" })
  })

  test("what the engine itself creates needs nothing more", () => {
    const world = promotionWorld([compose({})])
    const promotion = createPromotion(stageOf(world), world.observed.freight[0]!, startAt)
    expect(decided({ ...world, promotion }, startAt).world.promotion.status?.phase).toBe("Pending")
  })

  test("a person's choice holds auto-promotion, unless it is what comes next", () => {
    const [a, b] = [freightFixture("a"), freightFixture("b")] as [Freight, Freight]
    const older = { ...a, discoveredAt: formatInstant(startAt) }
    const newer = { ...b, discoveredAt: formatInstant(epochMs(startAt + 1000)) }
    const base = promotionWorld([compose({})], { freight: a })
    const auto = withStage(base, { status: { autoPromotionEnabled: true } })
    const intent = (freight: Freight, world = auto, actor = "email:ann@example.com") => {
      const observed = { ...world.observed, freight: [older, newer] }
      const promotion = createPromotion(stageOf(world), freight, startAt, actor)
      const [action] = decided({ promotion, observed }, startAt).actions
      if (action?.type !== "FillIn") return undefined
      return Object.keys(action.annotations).find((key) => key.includes("auto-promotion"))
    }
    expect(intent(older)).toBe("kargo.akuity.io/auto-promotion-hold")
    expect(intent(newer)).toBe("kargo.akuity.io/auto-promotion-resume")
    expect(intent(older, auto, controllerActor)).toBeUndefined()
    expect(intent(older, base)).toBeUndefined()
  })

  test("an origin becomes the Freight that is next of it", () => {
    const world = promotionWorld([compose({})])
    const origin = { kind: "Warehouse", name: "shop" } as const
    const of = (name: string): PromotionWorld => ({
      ...world,
      promotion: { ...world.promotion, spec: { stage: "dev", origin: { ...origin, name } } },
    })
    const done = run(of("shop"))
    expect(done.world.promotion.spec).toEqual({
      stage: "dev",
      freight: freightFixture("a").metadata.name,
      steps: [compose({})],
    })
    expect(phase(done)).toBe("Succeeded")
    expect(message(run(of("other")))).toBe("no Freight of other is next for Stage dev")
  })

  test.each<[string, (world: PromotionWorld) => PromotionWorld, string]>([
    [
      "Freight that does not exist",
      (world) => ({ ...world, observed: { ...world.observed, freight: [] } }),
      "does not exist",
    ],
    [
      "a Stage that does not exist",
      ({ promotion, observed: { stage: _none, ...observed } }) => ({ promotion, observed }),
      "Stage dev does not exist",
    ],
    [
      "Freight that is not available",
      (world) =>
        withStage(world, {
          spec: {
            ...stageOf(world).spec,
            requestedFreight: [
              { origin: { kind: "Warehouse", name: "shop" }, sources: { stages: ["qa"] } },
            ],
          },
        }),
      "is not verified in qa",
    ],
    [
      "a control-flow Stage",
      (world) =>
        withStage(world, {
          spec: { requestedFreight: stageOf(world).spec.requestedFreight },
        }),
      "has no promotion steps",
    ],
  ])("%s ends it", (_title, change, expected) => {
    const done = run(change(promotionWorld([compose({})])))
    expect(phase(done)).toBe("Errored")
    expect(message(done)).toContain(expected)
    expect(done.world.promotion.status?.finishedAt).toBe(formatInstant(startAt))
  })

  test("Freight that goes while the promotion waits ends it too", () => {
    const world = promotionWorld([compose({})])
    const waiting = run(withStage(world, { status: {} })).world
    expect(waiting.promotion.status).toEqual({ phase: "Pending" })
    const { stage } = world.observed
    const turn = { ...waiting, observed: { ...waiting.observed, stage: stage! } }
    const gone = run({ ...turn, observed: { ...turn.observed, freight: [] } })
    expect(message(gone)).toContain("does not exist")
    const moved = withStage(turn, {
      spec: { ...stage!.spec, requestedFreight: [{ origin: { kind: "Warehouse", name: "x" } }] },
    })
    expect(message(run(moved))).toContain("does not ask for Freight of Warehouse shop")
    expect(phase(run(turn))).toBe("Succeeded")
  })

  test("a refresh is on record", () => {
    const world = promotionWorld([])
    const metadata = {
      ...world.promotion.metadata,
      annotations: { "kargo.akuity.io/refresh": "t" },
    }
    const { promotion } = decided(
      { ...world, promotion: { ...world.promotion, metadata } },
      startAt,
    ).world
    expect(promotion.status?.lastHandledRefresh).toBe("t")
  })
})

describe("abort", () => {
  const asked = (world: PromotionWorld, value: string): PromotionWorld => {
    const annotations = {
      ...world.promotion.metadata.annotations,
      "kargo.akuity.io/abort": value,
    }
    const metadata = { ...world.promotion.metadata, annotations }
    return { ...world, promotion: { ...world.promotion, metadata } }
  }
  const running = run(
    promotionWorld([compose({}), compose({})]),
    ({ index }) => (index === 0 ? { status: "Succeeded" } : { status: "Running" }),
    { passesMax: 5 },
  ).world

  test("ends the step that runs and the promotion", () => {
    expect(running.promotion.status?.stepExecutionMetadata?.[1]?.status).toBe("Running")
    const { world, actions } = decided(asked(running, "terminate"), epochMs(startAt + 5000))
    expect(actions).toEqual([])
    const finishedAt = formatInstant(epochMs(startAt + 5000))
    expect(world.promotion.status).toMatchObject({
      phase: "Aborted",
      message: "Promotion terminated by user",
      finishedAt,
      stepExecutionMetadata: [{ status: "Succeeded" }, { status: "Aborted", finishedAt }],
    })
  })

  test("names who asked, also in the queue; anything else is no request", () => {
    const json = JSON.stringify({ action: "terminate", actor: "email:ann@example.com" })
    const { world } = decided(asked(promotionWorld([compose({})]), json), startAt)
    expect(world.promotion.status).toEqual({
      phase: "Aborted",
      message: "Promotion terminated by email:ann@example.com",
      finishedAt: formatInstant(startAt),
    })
    for (const value of ["stop", "{", '{"action":1}', "[]"])
      expect(decided(asked(running, value), startAt).world.promotion.status?.phase).toBe("Running")
  })

  test("what has ended stays as it ended", () => {
    const done = run(promotionWorld([compose({})])).world
    expect(decided(asked(done, "terminate"), startAt).world.promotion.status).toEqual(
      done.promotion.status,
    )
  })
})

describe("steps", () => {
  test("run in order, each with the outputs of those before it", () => {
    const done = run(
      promotionWorld([
        compose({ x: "one" }, { as: "first" }),
        compose({ y: "${{ outputs.first.x }} and ${{ ctx.meta.step.alias }}" }),
        compose({ z: "${{ stepMetas.first.status }} ${{ status('step-2') }}" }),
      ]),
      ({ config }) => ({ status: "Succeeded", output: config }),
    )
    expect(metas(done)).toEqual(["first Succeeded", "step-2 Succeeded", "step-3 Succeeded"])
    expect(done.world.promotion.status).toMatchObject({
      phase: "Succeeded",
      currentStep: 3,
      startedAt: formatInstant(startAt),
      finishedAt: formatInstant(startAt),
      state: {
        first: { x: "one" },
        "step-2": { y: "one and step-2" },
        "step-3": { z: "Succeeded Succeeded" },
      },
    })
    expect(done.ran.map(({ key }) => key)).toEqual(["p/first/0", "p/step-2/0", "p/step-3/0"])
    expect(done.world.promotion.status).not.toHaveProperty("message")
  })

  test("ctx tells where one is", () => {
    const all = "project,promotion,stage,uiBaseUrl".split(",")
    const config = Object.fromEntries(all.map((name) => [name, `\${{ quote(ctx.${name}) }}`]))
    const world = promotionWorld([
      compose({
        ...config,
        alias: "${{ ctx.targetFreight.alias }}",
        origin: "${{ ctx.targetFreight.origin.name }}",
        freight: "${{ ctx.targetFreight.name }}",
        actor: "${{ ctx.meta.promotion.actor }}",
        rollback: "${{ ctx.meta.promotion.rollback }}",
      }),
    ])
    const metadata = {
      ...world.promotion.metadata,
      annotations: {
        "kargo.akuity.io/create-actor": "admin",
        "kargo.akuity.io/rollback": "true",
      },
    }
    const done = run({ ...world, promotion: { ...world.promotion, metadata } })
    expect(configsOf(done)["step-1"]).toEqual({
      project: "shop",
      promotion: "p",
      stage: "dev",
      uiBaseUrl: "",
      alias: "alias-a",
      origin: "shop",
      freight: freightFixture("a").metadata.name,
      actor: "admin",
      rollback: true,
    })
  })

  test("without a condition a step is passed after a failure; with one it decides itself", () => {
    const fails: StepOutcome = { status: "Failed", isTerminal: true, message: "no" }
    const done = run(
      promotionWorld([
        { uses: "fail", as: "bad" },
        compose({}),
        compose({}, { if: "${{ always() }}" }),
        compose({}, { if: "${{ failure() }}" }),
        compose({}, { if: "${{ success() }}" }),
        compose({}, { if: "${{ status('bad') == 'Failed' && status('nobody') == '' }}" }),
      ]),
      ({ alias }) => (alias === "bad" ? fails : { status: "Succeeded" }),
    )
    expect(metas(done)).toEqual([
      "bad Failed",
      "step-2 Skipped",
      "step-3 Succeeded",
      "step-4 Succeeded",
      "step-5 Skipped",
      "step-6 Succeeded",
    ])
    expect(done.world.promotion.status?.stepExecutionMetadata?.[1]).toEqual({
      alias: "step-2",
      status: "Skipped",
    })
    expect([phase(done), message(done)]).toEqual(["Failed", "no"])
  })

  test("a failure that is to be continued after does not count", () => {
    const done = run(
      promotionWorld([
        { uses: "fail", continueOnError: true },
        compose({}),
        compose({}, { if: "${{ failure() }}" }),
      ]),
      ({ uses }) =>
        uses === "fail" ? { status: "Errored", isTerminal: true } : { status: "Succeeded" },
    )
    expect(metas(done)).toEqual(["step-1 Errored", "step-2 Succeeded", "step-3 Skipped"])
    expect(done.world.promotion.status?.stepExecutionMetadata?.[0]).toMatchObject({
      continueOnError: true,
      message: "step step-1 ended as Errored without saying why",
    })
    expect(phase(done)).toBe("Succeeded")
  })

  test.each([
    ["always()", 'if: expected true or false, found "always()"'],
    ["${{ 1 }}", "if: expected true or false, found 1"],
    ["${{ nope() }}", "if: "],
  ])("condition %s is an error of the step", (source, expected) => {
    const done = run(
      promotionWorld([compose({}, { if: source }), compose({}, { if: "${{ true }}" })]),
    )
    expect(metas(done)).toEqual(["step-1 Errored", "step-2 Succeeded"])
    expect(message(done)).toContain(expected)
    expect(phase(done)).toBe("Errored")
  })

  test("a configuration that cannot be evaluated is an error, one that breaks the schema a failure", () => {
    const broken = run(promotionWorld([compose({ a: "${{ nope() }}" })]))
    expect([phase(broken), message(broken)]).toEqual([
      "Errored",
      expect.stringMatching(/^config: /),
    ])
    const invalid = run(promotionWorld([{ uses: "git-clear", config: { path: "${{ '../x' }}" } }]))
    expect([phase(invalid), message(invalid)]).toEqual([
      "Failed",
      'invalid git-clear config: path: expected a path inside the work directory, found "../x"',
    ])
    expect(invalid.ran).toEqual([])
  })

  test("variables are evaluated in order and see no outputs; those of a step do", () => {
    const steps = [
      compose({ x: 1 }, { as: "first" }),
      compose(
        { a: "${{ vars.a }}", b: "${{ vars.b }}", c: "${{ vars.c }}" },
        { vars: [{ name: "c", value: "${{ outputs.first.x }}${{ vars.b }}" }, { name: "a" }] },
      ),
    ]
    const vars = [
      { name: "a", value: "${{ ctx.stage }}" },
      { name: "b", value: "${{ vars.a }}!" },
    ]
    const played = ({ config }: { config: object }): StepOutcome => ({
      status: "Succeeded",
      output: config as never,
    })
    expect(configsOf(run(promotionWorld(steps, { stage: { vars } }), played))["step-2"]).toEqual({
      a: "",
      b: "dev!",
      c: "1dev!",
    })
    const early = [{ name: "a", value: "${{ outputs.first.x }}" }]
    const done = run(promotionWorld(steps, { stage: { vars: early } }), played)
    expect([phase(done), message(done)]).toEqual([
      "Errored",
      expect.stringMatching(/^variable a: cannot fetch/),
    ])
    const flags = [{ name: "a", value: "${{ always() }}" }]
    expect(message(run(promotionWorld(steps, { stage: { vars: flags } }), played))).toMatch(
      /^variable a: /,
    )
  })

  test("now() is the instant of the decision", () => {
    const done = run(promotionWorld([compose({ at: "${{ now().Unix() }}" })]))
    expect(configsOf(done)["step-1"]).toEqual({ at: startAt / 1000 })
  })

  test("with several origins the rest of the collection stays", () => {
    const other = { name: "o", origin: { kind: "Warehouse", name: "other" } } as const
    const gone = { name: "g", origin: { kind: "Warehouse", name: "gone" } } as const
    const world = promotionWorld([compose({})], {
      stage: {
        requestedFreight: [
          { origin: { kind: "Warehouse", name: "shop" }, sources: { direct: true } },
          { origin: other.origin, sources: { direct: true } },
        ],
      },
    })
    const items = { "Warehouse/other": other, "Warehouse/gone": gone, "Warehouse/shop": other }
    const lastPromotion = {
      name: "before",
      status: { phase: "Succeeded", freightCollection: { id: "x", items } },
    }
    const status = { ...stageOf(world).status, lastPromotion }
    const done = run(withStage(world, { status }))
    expect(done.world.promotion.status?.freightCollection?.items).toEqual({
      "Warehouse/other": other,
      "Warehouse/shop": expect.objectContaining({ name: freightFixture("a").metadata.name }),
    })
    expect(phase(done)).toBe("Succeeded")
  })

  test("an outcome of a step that is not at hand is of no use", () => {
    const world = run(promotionWorld([compose({}), compose({})]), undefined, { passesMax: 3 }).world
    const index = world.promotion.status?.currentStep ?? 0
    const outcome = { index: index + 1, result: { status: "Failed", isTerminal: true } } as const
    const { world: next } = decided({ ...world, observed: { ...world.observed, outcome } }, startAt)
    expect(next.promotion.status?.stepExecutionMetadata?.[index]?.status).toBe("Running")
  })

  test("without its directory a promotion begins anew and keeps its outputs", () => {
    const half = run(
      promotionWorld([compose({}), compose({})]),
      ({ index }): StepOutcome =>
        index === 0
          ? { status: "Succeeded", output: { kept: true }, healthCheck: { uses: "argocd-update" } }
          : { status: "Running" },
      { passesMax: 5 },
    ).world
    expect(half.promotion.status).toMatchObject({ currentStep: 1, healthChecks: [{}] })
    const lost = { ...half, observed: { ...half.observed, isWorkDirectoryLost: true } }
    const { world, actions } = decided(lost, startAt)
    expect(actions).toMatchObject([{ type: "RunStep", index: 0 }])
    expect(world.promotion.status).toMatchObject({
      currentStep: 0,
      state: { "step-1": { kept: true } },
    })
    expect(world.promotion.status).not.toHaveProperty("healthChecks")
    expect(metas({ world, ran: [], now: startAt })).toEqual(["step-1 Running"])
  })
})

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
