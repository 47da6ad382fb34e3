import { expect, test } from "vitest"
import type { LoggedObject, LoggedWrite } from "./fact.js"
import { createFactProjection } from "./projection.js"

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
  const projection = createFactProjection(1000)
  const facts = [
    write(1000, "gitops-core", rollout({}), "ADDED"),
    write(2000, "progressive-delivery", rollout({ phase: "Progressing", currentStepIndex: 0 })),
    write(2500, "progressive-delivery", rollout({ phase: "Progressing", currentStepIndex: 0 })),
    write(3000, "progressive-delivery/rollout", rollout({ phase: "Paused", currentStepIndex: 1 })),
    write(4000, "demo", rollout({ phase: "Paused", currentStepIndex: 1 }, "shop:2")),
  ].flatMap((one) => projection.take(one))
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

test("projecting a log anew and in two parts gives the same facts", () => {
  const writes = [
    write(1, "progressive-delivery", rollout({ phase: "Progressing" }), "ADDED"),
    write(2, "progressive-delivery", rollout({ phase: "Healthy" })),
    write(3, "progressive-delivery", rollout({ phase: "Healthy" })),
    write(4, "gitops-core", rollout({ phase: "Healthy" }, "shop:2")),
  ]
  const whole = createFactProjection(0)
  const all = writes.flatMap((one) => whole.take(one))
  const again = createFactProjection(0)
  const first = writes.slice(0, 2).flatMap((one) => again.take(one))
  const rest = writes.slice(2).flatMap((one) => again.take(one))
  expect([...first, ...rest]).toEqual(all)
})
