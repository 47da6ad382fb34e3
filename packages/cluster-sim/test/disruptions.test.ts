import { apiVersionOf, epochMs, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { expect, test } from "vitest"
import { type ClusterSim, createClusterSim } from "../src/index.js"

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

const sets = builtInKind("apps/v1", "StatefulSet") as Kind<Loose>
const pods = builtInKind("v1", "Pod") as Kind<Loose>
const events = builtInKind("v1", "Event") as Kind<Loose>
const jobs = builtInKind("batch/v1", "Job") as Kind<Loose>
const container = { containers: [{ name: "main", image: "app:1" }] }
const template = { metadata: { labels: selector.matchLabels }, spec: container }

async function budgetOver(kind: Kind<Loose>, spec: object, metadata: object = {}) {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  const sim = createClusterSim({ clock, pods: { default: {} } })
  await sim.cluster.create(kind, {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { ...key, ...metadata },
    spec,
  })
  await sim.cluster.create(budgets, {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: key,
    spec: { selector, maxUnavailable: "50%" },
  })
  await clock.advance(60_000)
  return { clock, sim, budget: await sim.cluster.get(budgets, key) }
}

interface ToldEvent {
  readonly involvedObject: { readonly kind: string }
  readonly reason: string
  readonly message: string
}

function toldBy(sim: ClusterSim) {
  return sim.cluster.list(events).then(({ items }) =>
    items.flatMap((each) => {
      const { involvedObject, reason, message } = each as unknown as ToldEvent
      return involvedObject.kind === "PodDisruptionBudget" ? [{ reason, message }] : []
    }),
  )
}

test("a share of the pods of a StatefulSet is a share of its scale", async () => {
  const { sim, budget } = await budgetOver(sets, {
    replicas: 3,
    serviceName: "web",
    selector,
    template,
  })
  expect(budget?.status).toMatchObject({
    expectedPods: 3,
    desiredHealthy: 1,
    disruptionsAllowed: 2,
    conditions: [{ reason: "SufficientPods", observedGeneration: 1 }],
  })
  await sim.close()
})

test("what has no scale leaves a budget with nothing to give, and says why", async () => {
  const spec = { template: { ...template, spec: { ...container, restartPolicy: "Never" } } }
  const { sim, budget } = await budgetOver(jobs, spec)
  const why = "jobs.batch does not implement the scale subresource"
  expect(budget?.status).toMatchObject({
    disruptionsAllowed: 0,
    conditions: [{ status: "False", reason: "SyncFailed", message: why }],
  })
  expect(await toldBy(sim)).toContainEqual({
    reason: "CalculateExpectedPodCountFailed",
    message: `Failed to calculate the number of expected pods: ${why}`,
  })
  await sim.close()
})

test("pods without a controller count for nothing in a share, and that is told", async () => {
  const { sim, budget } = await budgetOver(pods, container, { labels: selector.matchLabels })
  expect(budget?.status).toMatchObject({
    expectedPods: 0,
    currentHealthy: 1,
    disruptionsAllowed: 0,
    conditions: [{ reason: "InsufficientPods" }],
  })
  expect(await toldBy(sim)).toMatchObject([
    {
      reason: "UnmanagedPods",
      message: expect.stringContaining(
        "(selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},})",
      ),
    },
  ])
  await sim.close()
})

test("the last disruption that is spent is seen at once, and the refusal names no time", async () => {
  const { sim } = await budgetOver(sets, { replicas: 2, serviceName: "web", selector, template })
  const evict = (name: string) => {
    const metadata = { namespace: "default", name }
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata } as unknown as Loose
    return sim.cluster.create(pods, eviction, { subresource: "eviction" })
  }
  await evict("web-0")
  expect((await sim.cluster.get(budgets, key))?.status).toMatchObject({
    disruptionsAllowed: 0,
    conditions: [{ status: "False", reason: "InsufficientPods", observedGeneration: 1 }],
  })
  const error = await evict("web-1").catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: "TooManyRequests" })
  expect(error).not.toHaveProperty("details.retryAfterSeconds", expect.anything())
  await sim.close()
})
