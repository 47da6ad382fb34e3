import { createMetricsRegistry, isClusterError } from "@argo-ts/k8s"
import { connect } from "@argo-ts/k8s/client-node"
import { describeClusterConformance } from "@argo-ts/k8s/testing"
import { defineKind, epochMs, type Kind } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { expect, test } from "vitest"
import { serveCluster } from "../src/http/index.js"
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
const configMaps = builtInKind("v1", "ConfigMap") as Kind
const start = epochMs(1_767_225_600_000)

describeClusterConformance("the client-node adapter", async () => {
  const clock = createVirtualClock(start)
  const sim = createClusterSim({
    clock,
    kinds: [custom],
    namespaces: ["t"],
    managedFields: "on",
    nodes: 3,
    pods: conformancePods,
  })
  const fixture = await serveCluster({ cluster: sim.cluster, clock })
  const connection = await connect({ text: fixture.kubeconfig })
  return {
    cluster: connection.cluster,
    namespace: "t",
    custom,
    settle: () => clock.advance(10_000),
    pass: () => clock.advance(1_000),
    forget: async () => sim.expireHistory(),
    async close() {
      connection.close()
      await fixture.close()
      await sim.close()
    },
  }
})

test("discovers kinds, ends watches with the server's reason, and tells a wrong path from an absent object", async () => {
  const clock = createVirtualClock(start)
  const sim = createClusterSim({ clock, kinds: [custom] })
  const fixture = await serveCluster({ cluster: sim.cluster, clock })
  const { cluster, close, server } = await connect({ text: fixture.kubeconfig })
  expect(server).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
  const kinds = await cluster.kinds()
  expect(kinds).toContainEqual(custom)
  // Events are served in a second group besides.
  expect(kinds).toHaveLength((await sim.cluster.kinds()).length + 1)

  sim.expireHistory()
  const ended = new Promise<unknown>((end) => {
    cluster.watch(configMaps, { resourceVersion: "1" }, { event: () => {}, end })
  })
  expect(isClusterError(await ended, "Expired")).toBe(true)
  const dropped = new Promise<unknown>((end) => {
    cluster.watch(configMaps, {}, { event: () => {}, end })
    setImmediate(function drop() {
      sim.dropWatches()
      if (!isOver) setImmediate(drop)
    })
  })
  let isOver = false
  expect(await dropped).toBeUndefined()
  isOver = true

  const unserved = { ...custom, plural: "nothings" }
  await expect(cluster.get(unserved, { namespace: "default", name: "x" })).rejects.toThrow(
    "the server could not find the requested resource",
  )
  close()
  await fixture.close()
  const gone = await cluster.list(configMaps).catch((error: unknown) => error)
  expect(isClusterError(gone, "ServiceUnavailable")).toBe(true)
  await sim.close()
})

test("tells what the server warns of, and measures its requests", async () => {
  const clock = createVirtualClock(start)
  const sim = createClusterSim({ clock })
  const fixture = await serveCluster({ cluster: sim.cluster, clock })
  const metrics = createMetricsRegistry()
  const { cluster, close } = await connect({ text: fixture.kubeconfig, metrics })
  const warnings: string[] = []
  const onWarning = (text: string): void => void warnings.push(text)
  const metadata = { namespace: "default", name: "a" }
  const type = { apiVersion: "v1", kind: "ConfigMap" }
  await cluster.create(configMaps, { ...type, metadata, wrong: 1 } as never, { onWarning })
  await cluster.patch(
    configMaps,
    metadata,
    { type: "merge", patch: { odd: 2 } },
    { onWarning, fieldValidation: "Ignore" },
  )
  expect(warnings).toEqual(['unknown field "wrong"'])
  const host = new URL(fixture.url).host
  expect(metrics.print()).toContain(
    `rest_client_request_duration_seconds_count{host="${host}",verb="POST"} 1`,
  )
  expect(metrics.print()).toContain(
    `rest_client_requests_total{code="201",host="${host}",method="POST"} 1`,
  )
  close()
  await fixture.close()
  await sim.close()
})
