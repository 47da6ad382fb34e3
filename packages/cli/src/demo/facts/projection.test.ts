import { expect, test } from "vitest"
import type { Fact, LoggedObject, LoggedWrite } from "./fact.js"
import { createFactProjection } from "./projection.js"

function factsOf(writes: readonly LoggedWrite[], startAt = 0): readonly Fact[] {
  const projection = createFactProjection(startAt)
  return [...writes.flatMap((one) => projection.take(one)), ...projection.end()]
}

function write(
  at: number,
  fieldManager: string,
  object: object,
  type: LoggedWrite["type"] = "MODIFIED",
): LoggedWrite {
  return { at, type, fieldManager, object: object as LoggedObject }
}
const rollout = (status: object, image = "shop:1"): object => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Rollout",
  metadata: { namespace: "shop-prod", name: "shop", uid: "1" },
  spec: {
    template: { spec: { containers: [{ image: `registry.example.com/${image}` }] } },
    strategy: { canary: { steps: [{}, {}] } },
  },
  status,
})

test("a fact for each transition, with the writer as its source", () => {
  const writes = [
    write(1000, "gitops-core", rollout({}), "ADDED"),
    write(2000, "progressive-delivery", rollout({ phase: "Progressing", currentStepIndex: 0 })),
    write(2500, "progressive-delivery", rollout({ phase: "Progressing", currentStepIndex: 0 })),
    write(3000, "progressive-delivery/rollout", rollout({ phase: "Paused", currentStepIndex: 1 })),
    write(4000, "demo", rollout({ phase: "Paused", currentStepIndex: 1 }, "shop:2")),
  ]
  const facts = factsOf(writes, 1000)
  expect(
    facts.map(({ t, source, reason, message }) => `${t} ${source} ${reason} ${message}`.trim()),
  ).toEqual([
    "0 gitops-core Configured shop:1",
    "1000 progressive-delivery Progressing",
    "2000 progressive-delivery StepCompleted 1 of 2",
    "2000 progressive-delivery Paused",
    "3000 demo Configured shop:2",
  ])
})

test("facts come out instant by instant", () => {
  const projection = createFactProjection(0)
  const at = (instant: number, phase: string): readonly Fact[] =>
    projection.take(write(instant, "progressive-delivery", rollout({ phase })))
  expect(at(1, "Progressing")).toEqual([])
  expect(at(1, "Paused")).toEqual([])
  expect(at(2, "Healthy").map(({ reason }) => reason)).toEqual(["Progressing", "Paused"])
  expect(projection.end().map(({ t, reason }) => [t, reason])).toEqual([[2, "Healthy"]])
  expect(projection.end()).toEqual([])
})

test("writes of one instant tell the same in any order, but for those of one object", () => {
  const named = (namespace: string, manager: string, status: object): LoggedWrite =>
    write(7, manager, { ...rollout(status), metadata: { namespace, name: "shop", uid: namespace } })
  const prod = named("prod", "progressive-delivery", { phase: "Progressing" })
  const after = named("prod", "progressive-delivery", { phase: "Healthy" })
  const staging = named("staging", "gitops-core", {})
  const told = factsOf([prod, after, staging])
  expect(factsOf([staging, prod, after])).toEqual(told)
  expect(factsOf([prod, staging, after])).toEqual(told)
  expect(told.map(({ name, reason }) => `${name} ${reason}`)).toEqual([
    "staging/shop Configured",
    "prod/shop Progressing",
    "prod/shop Healthy",
  ])
})
