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
import { decidePromotion } from "./decide-promotion.js"
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
    const foreign = { apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "uid-dev" }
    const owned = { ...forged.metadata, ownerReferences: [foreign] }
    const [third] = decided(
      { ...world, promotion: { ...forged, metadata: owned } },
      startAt,
    ).actions
    expect(third?.type === "FillIn" ? third.ownerReferences : []).toMatchObject([
      foreign,
      { kind: "Stage", uid: "uid-dev" },
    ])
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
    expect(done.world.promotion.status).not.toHaveProperty("startedAt")
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
    for (const done of [gone, run(moved)])
      expect(done.world.promotion.status?.startedAt).toBe(formatInstant(startAt))
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
    const { promotion: plain, observed } = promotionWorld([])
    expect(Object.keys(decidePromotion(plain, observed, startAt).status)).not.toContain(
      "lastHandledRefresh",
    )
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

  test("where a step wants a text, a text it gets", () => {
    const values = { t: "1.10", e: "12e45", b: "true", n: "null" }
    const { t, e, b, n } = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, `\${{ '${value}' }}`]),
    )
    const headers = [{ name: "x", value: b! }]
    const http = {
      uses: "http",
      config: { url: t!, body: '{"a": ${{ 1 }}}', headers, timeout: "7s" },
    }
    const checkout = [
      { path: "a", commit: e! },
      { path: "b", tag: t! },
    ]
    const clone = { uses: "git-clone", config: { repoURL: "x", checkout } }
    const updates = [{ key: t!, value: t! }]
    const edit = { uses: "yaml-update", config: { path: t!, updates } }
    const done = run(promotionWorld([http, clone, edit]))
    expect(configsOf(done)).toEqual({
      "step-1": {
        url: "1.10",
        body: '{"a": 1}',
        headers: [{ name: "x", value: "true" }],
        timeout: "7s",
      },
      "step-2": {
        repoURL: "x",
        checkout: [
          { path: "a", commit: "12e45" },
          { path: "b", tag: "1.10" },
        ],
      },
      "step-3": { path: "1.10", updates: [{ key: "1.10", value: 1.1 }] },
    })
    const missing = run(promotionWorld([{ uses: "fail", config: { message: n! } }]))
    expect(message(missing)).toBe("invalid fail config: message: expected a text, found null")
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

  test("what an expression needs is read first, once for each step", () => {
    const read = { x: "${{ configMap('c').k }}", y: "${{ configMap('c').k }}" }
    const world = promotionWorld([compose(read), compose(read)])
    const data = [{ kind: "ConfigMap", isShared: false, name: "c", value: { k: "v" } }] as const
    const asked: string[] = []
    let current = world
    for (let pass = 0; pass < 12; pass++) {
      const { world: next, actions } = decided(current, startAt)
      current = next
      const [action] = actions
      if (action?.type === "ReadData") {
        asked.push(action.key)
        expect(action).toMatchObject({ kind: "ConfigMap", isShared: false, name: "c" })
      }
      if (action?.type === "RunStep") {
        expect(action.config).toEqual({ x: "v", y: "v" })
        const { data: _read, ...observed } = current.observed
        const outcome = { index: action.index, result: { status: "Succeeded" } } as const
        current = { ...current, observed: { ...observed, outcome } }
      } else if (action !== undefined) current = performed(current, action, data)
    }
    expect(asked).toEqual(["p/step-1/read/ConfigMap/c", "p/step-2/read/ConfigMap/c"])
    expect(current.promotion.status?.phase).toBe("Succeeded")
    expect(current.promotion.status?.stepExecutionMetadata).toHaveLength(2)
  })

  test("a variable of a step that fails is an error of the step", () => {
    const vars = [{ name: "a", value: "${{ nope() }}" }]
    const done = run(promotionWorld([compose({}, { vars })]))
    expect([phase(done), message(done)]).toEqual([
      "Errored",
      expect.stringMatching(/^variable a: /),
    ])
  })

  test("a step that fails later began when it began", () => {
    const steps = [compose({ x: "${{ now().Unix() > 1767603600 ? nope() : 1 }}" })]
    const done = run(promotionWorld(steps), () => ({ status: "Running", message: "waiting" }))
    const [entry] = done.world.promotion.status?.stepExecutionMetadata ?? []
    expect(entry).toMatchObject({
      status: "Errored",
      startedAt: formatInstant(startAt),
      finishedAt: formatInstant(epochMs(startAt + 300_000)),
    })
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
