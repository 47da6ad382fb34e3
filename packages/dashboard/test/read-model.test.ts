import type { JsonObject, KubernetesObject } from "@argo-ts/kernel"
import { fc, test as property } from "@fast-check/vitest"
import { expect, test } from "vitest"
import { readModel } from "../src/index.js"

function object(
  apiVersion: string,
  kind: string,
  name: string,
  rest: JsonObject,
): KubernetesObject {
  const metadata = { name, namespace: "shop", uid: `uid-${name}` }
  return { apiVersion, kind, ...rest, metadata: { ...metadata, ...(rest["metadata"] as object) } }
}
const argo = "argoproj.io/v1alpha1"
const kargo = "kargo.akuity.io/v1alpha1"

const rollout = object(argo, "Rollout", "web", {
  spec: { strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } } },
  status: { phase: "Paused", currentStepIndex: 1, stableRS: "a", currentPodHash: "b" },
})
const replicaSet = (hash: string, ready: number): KubernetesObject =>
  object("apps/v1", "ReplicaSet", `web-${hash}`, {
    metadata: {
      labels: { "rollouts-pod-template-hash": hash },
      ownerReferences: [
        { apiVersion: argo, kind: "Rollout", name: "web", uid: "uid-web", controller: true },
      ],
    },
    spec: { replicas: ready, template: { spec: { containers: [{ image: `web:${hash}` }] } } },
    status: { readyReplicas: ready },
  })
const application = object(argo, "Application", "web", {
  spec: { project: "default", source: { repoURL: "https://git.example.com/a.git", path: "web" } },
  status: {
    sync: { status: "Synced", revision: "abc" },
    health: { status: "Degraded", message: "the rollout was aborted" },
    resources: [{ kind: "Rollout", name: "web", status: "Synced", health: { status: "Degraded" } }],
  },
})
const workflow = object(argo, "Workflow", "build", {
  status: {
    phase: "Running",
    progress: "1/2",
    nodes: {
      root: {
        name: "build",
        displayName: "build",
        type: "DAG",
        phase: "Running",
        children: ["b", "a"],
      },
      a: { name: "build.a", displayName: "a", type: "Pod", phase: "Succeeded", startedAt: "1" },
      b: { name: "build.b", displayName: "b", type: "Pod", phase: "Running", startedAt: "2" },
    },
  },
})
const stage = object(kargo, "Stage", "dev", {
  spec: {
    requestedFreight: [{ origin: { kind: "Warehouse", name: "web" }, sources: { direct: true } }],
  },
  status: {
    health: { status: "Healthy" },
    autoPromotionEnabled: true,
    freightHistory: [
      {
        items: { "Warehouse/web": { name: "f00", images: [{ tag: "1.0.0" }] } },
        verificationHistory: [{ phase: "Successful" }],
      },
    ],
  },
})
const sensor = object(argo, "Sensor", "push", {
  spec: { dependencies: [{ name: "push" }], triggers: [{ template: { name: "build" } }] },
  status: { conditions: [{ type: "Deployed", status: "True" }] },
})
const objects = [
  rollout,
  replicaSet("a", 4),
  replicaSet("b", 1),
  application,
  workflow,
  stage,
  sensor,
]

test("a canary at a fifth of the traffic", () => {
  const [line] = readModel(objects).rollouts
  expect(line).toMatchObject({ tone: "waiting", state: "Paused", step: 1, steps: 2, weight: 20 })
  expect(line?.versions.map(({ hash, role }) => [hash, role])).toEqual([
    ["a", "stable"],
    ["b", "canary"],
  ])
})

test("an application whose rollout failed needs attention", () => {
  const { applications, attention } = readModel(objects)
  expect(applications[0]).toMatchObject({ sync: "Synced", health: "Degraded", tone: "bad" })
  expect(attention).toEqual([
    {
      kind: "Application",
      namespace: "shop",
      name: "web",
      tone: "bad",
      state: "Degraded",
      message: "the rollout was aborted",
    },
  ])
})

test("the tree of a workflow is in the order of its start", () => {
  const [line] = readModel(objects).workflows
  expect(line?.nodes.map(({ name, depth }) => `${depth} ${name}`)).toEqual([
    "0 build",
    "1 a",
    "1 b",
  ])
})

test("a stage tells what runs there and where it comes from", () => {
  expect(readModel(objects).stages[0]).toMatchObject({
    sources: ["web"],
    freight: "f00",
    versions: ["1.0.0"],
    verification: "Successful",
    isAutomatic: true,
  })
})

test("a sensor tells what it listens to", () => {
  expect(readModel(objects).events[0]).toMatchObject({
    state: "Deployed",
    inputs: ["push"],
    triggers: ["build"],
  })
})

property.prop([fc.shuffledSubarray(objects, { minLength: objects.length })])(
  "the order of the objects changes nothing, and the model is JSON",
  (shuffled) => {
    const model = readModel(shuffled)
    expect(model).toEqual(readModel(objects))
    expect(JSON.parse(JSON.stringify(model))).toEqual(model)
  },
)

property.prop([fc.jsonValue()])("is total on any status", (value) => {
  const kinds = ["Application", "Rollout", "Workflow", "EventSource", "Sensor"]
  const odd = [
    ...kinds.map((kind) =>
      object(argo, kind, "x", { spec: value as never, status: value as never }),
    ),
    ...["Stage", "Freight", "Promotion"].map((kind) =>
      object(kargo, kind, "x", { spec: value as never, status: value as never }),
    ),
  ]
  expect(() => readModel(odd)).not.toThrow()
})
