import { epochMs, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { expect, test } from "vitest"
import { createClusterSim } from "../src/index.js"

interface Loose extends KubernetesObject {
  readonly spec: object
  readonly status?: object
}

const budgets = builtInKind("policy/v1", "PodDisruptionBudget") as Kind<Loose>
const deployments = builtInKind("apps/v1", "Deployment") as Kind<Loose>
const key = { namespace: "default", name: "web" }
const selector = { matchLabels: { app: "web" } }

async function statusWith(limit: object): Promise<object | undefined> {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  const sim = createClusterSim({ clock })
  const spec = { containers: [{ name: "main", image: "app:1" }] }
  const template = { metadata: { labels: selector.matchLabels }, spec }
  await sim.cluster.create(deployments, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: key,
    spec: { replicas: 5, selector, template },
  })
  await sim.cluster.create(budgets, {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: key,
    spec: { selector, ...limit },
  })
  await clock.advance(60_000)
  const budget = await sim.cluster.get(budgets, key)
  await sim.close()
  return budget?.status
}

test.each([
  [{ minAvailable: 4 }, 4, 1, "SufficientPods"],
  [{ minAvailable: "50%" }, 3, 2, "SufficientPods"],
  [{ maxUnavailable: 2 }, 3, 2, "SufficientPods"],
  [{ maxUnavailable: "30%" }, 3, 2, "SufficientPods"],
  [{ minAvailable: 5 }, 5, 0, "InsufficientPods"],
  [{ maxUnavailable: 0 }, 5, 0, "InsufficientPods"],
])("of five ready pods, %j lets some go", async (limit, desiredHealthy, allowed, reason) => {
  expect(await statusWith(limit)).toMatchObject({
    expectedPods: 5,
    currentHealthy: 5,
    desiredHealthy,
    disruptionsAllowed: allowed,
    conditions: [{ type: "DisruptionAllowed", reason }],
  })
})
