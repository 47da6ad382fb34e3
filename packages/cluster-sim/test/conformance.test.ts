import { describeClusterConformance } from "@argo-ts/k8s/testing"
import { defineKind, epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { createClusterSim } from "../src/index.js"
import { conformancePods } from "./conformance-pods.js"

const custom = defineKind({
  group: "conformance.argo-ts.dev",
  version: "v1",
  kind: "Thing",
  plural: "things",
  scope: "Namespaced",
  hasStatus: true,
})

describeClusterConformance("cluster-sim", async () => {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  const sim = createClusterSim({
    clock,
    kinds: [custom],
    namespaces: ["t"],
    managedFields: "on",
    nodes: 3,
    pods: conformancePods,
  })
  return {
    cluster: sim.cluster,
    namespace: "t",
    custom,
    settle: () => clock.advance(10_000),
    pass: () => clock.advance(1_000),
    forget: async () => sim.expireHistory(),
    close: () => sim.close(),
  }
})
