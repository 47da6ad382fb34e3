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

test("facts come out when their instant is over", () => {
  const projection = createFactProjection(0)
  const at = (instant: number, phase: string): readonly Fact[] =>
    projection.take(write(instant, "progressive-delivery", rollout({ phase })))
  expect(at(1, "Progressing")).toEqual([])
  expect(at(2, "Healthy").map(({ t, reason }) => [t, reason])).toEqual([[1, "Progressing"]])
  expect(projection.end().map(({ t, reason }) => [t, reason])).toEqual([[2, "Healthy"]])
  expect(projection.end()).toEqual([])
})

test("an instant tells what it came to, not the steps it took", () => {
  const at = (instant: number, phase: string): LoggedWrite =>
    write(instant, "progressive-delivery", rollout({ phase }))
  const told = factsOf([
    at(1, "Healthy"),
    at(2, "Progressing"),
    at(2, "Degraded"),
    at(3, "Healthy"),
    at(3, "Degraded"),
  ])
  expect(told.map(({ t, reason }) => [t, reason])).toEqual([
    [1, "Healthy"],
    [2, "Degraded"],
  ])
})

test("an object that is gone when the instant ends tells nothing of it", () => {
  const created = write(1, "progressive-delivery", rollout({ phase: "Healthy" }), "ADDED")
  expect(factsOf([created, { ...created, type: "DELETED" }])).toEqual([])
})

test("writes of one instant tell the same in any order", () => {
  const named = (namespace: string, manager: string, status: object): LoggedWrite =>
    write(7, manager, { ...rollout(status), metadata: { namespace, name: "shop", uid: namespace } })
  const prod = named("prod", "progressive-delivery", { phase: "Healthy" })
  const dev = named("dev", "progressive-delivery", { phase: "Paused", currentStepIndex: 1 })
  const staging = named("staging", "gitops-core", {})
  const told = factsOf([prod, dev, staging])
  expect(factsOf([staging, prod, dev])).toEqual(told)
  expect(factsOf([dev, staging, prod])).toEqual(told)
  expect(told.map(({ name, reason }) => `${name} ${reason}`)).toEqual([
    "staging/shop Configured",
    "dev/shop StepCompleted",
    "dev/shop Paused",
    "prod/shop Healthy",
  ])
})
