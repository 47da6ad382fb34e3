// Does production's canary stop a release that fails? The manifests are those that go to the cluster; nothing else is
// needed: no cluster, no metrics system, no waiting.
import { fileURLToPath } from "node:url"
import { createHttpClient } from "@argo-ts/kernel/http"
import {
  createPrometheusProvider,
  createWebProvider,
  rolloutKinds,
} from "@argo-ts/progressive-delivery"
import { rolloutControllers } from "@argo-ts/progressive-delivery/kubernetes"
import { type ScenarioOptions, scenario } from "@argo-ts/testing"
import { test } from "vitest"

const metrics = "http://metrics.shop.svc"
const options: ScenarioOptions = {
  directory: fileURLToPath(
    new URL("../../delivery/repositories/environments/prod", import.meta.url),
  ),
  kinds: rolloutKinds,
  controllers: ({ clock, addresses, logger }) => {
    const http = createHttpClient({ clock, addresses, logger })
    const prometheus = createPrometheusProvider({ http })
    return rolloutControllers({ metrics: { prometheus, web: createWebProvider(http) } })
  },
  given: {
    files: ["analysis.yaml", "service.yaml", "rollout.yaml"],
    metrics: [{ address: metrics, value: 0.001 }],
  },
}
const shop = "Rollout/default/shop"
const containers = [{ name: "shop", image: "registry.example.com/shop:2" }]
const release = { patch: { object: shop, merge: { spec: { template: { spec: { containers } } } } } }
const healthy = { [shop]: { "status.phase": "Healthy" } }

test("a release that raises errors is taken back, and never gets half of the traffic", async () => {
  const tooFar = { [shop]: { "status.canary.weights.canary.weight": { $gt: 20 } } }
  await scenario({ ...options, never: [tooFar] }, async (world) => {
    await world.until(healthy, "5m")
    await world.when(release, { metric: { address: metrics, value: 0.3 } })
    await world.until({ [shop]: { "status.abort": true, "status.phase": "Degraded" } }, "30m")
    await world.until({ [shop]: { "status.canary.weights.stable.weight": 100 } }, "10s")
  })
})

test("a good release takes 20, 50 and 100 % within half an hour", async () => {
  await scenario(options, async (world) => {
    await world.until(healthy, "5m")
    await world.when(release)
    for (const weight of [20, 50]) {
      await world.until({ [shop]: { "status.canary.weights.canary.weight": weight } }, "15m")
    }
    await world.until(
      { ...healthy, "Pod/default/*": { $each: { "spec.containers": containers } } },
      "15m",
    )
  })
})
