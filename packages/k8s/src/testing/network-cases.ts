import type { JsonObject, Stored } from "@argo-ts/kernel"
import { expect } from "vitest"
import { isClusterError } from "../cluster-error.js"
import {
  awaitObject,
  conditionOf,
  countOf,
  looseKind,
  mergeInto,
  objectsOf,
  podKind,
  podOf,
  workloads,
} from "./workload-pods.js"
import {
  type ConformanceCase,
  type ConformanceWorld,
  configMap,
  expectRefusal,
  kinds,
  type Loose,
  refusal,
  until,
} from "./world.js"

const { configMaps } = kinds
const services = looseKind("v1", "Service")
const slices = looseKind("discovery.k8s.io/v1", "EndpointSlice")
const budgets = looseKind("policy/v1", "PodDisruptionBudget")
const namespaces = looseKind("v1", "Namespace")

function readyPod(world: ConformanceWorld, name: string): Promise<Stored<Loose>> {
  return awaitObject(world, podKind, {
    name,
    what: "is ready",
    is: (pod) => conditionOf(pod, "Ready")?.["status"] === "True",
  })
}

async function sliceOf(world: ConformanceWorld, service: string): Promise<Loosely | undefined> {
  const found = await objectsOf(world, slices, { "kubernetes.io/service-name": service })
  return found[0] as unknown as Loosely | undefined
}

interface Endpoint {
  readonly addresses: readonly string[]
  readonly conditions: JsonObject
  readonly nodeName?: string
  readonly targetRef?: JsonObject
}

interface Loosely extends Stored<Loose> {
  readonly addressType: string
  readonly endpoints?: readonly Endpoint[] | null
  readonly ports?: readonly JsonObject[] | null
}

const eviction = (world: ConformanceWorld, name: string): Loose => ({
  apiVersion: "policy/v1",
  kind: "Eviction",
  metadata: { namespace: world.namespace, name },
})

/** Services, budgets, scheduling and namespaces, by spec/cluster §12 H. */
export const networkCases: readonly ConformanceCase[] = [
  {
    name: "148: a Service's slice tells its pods, is there without any, and knows who is going",
    async run(world) {
      const { cluster, namespace } = world
      const metadata = { namespace, name: "v", labels: { l: "1" } }
      const spec = { selector: { app: "v" }, ports: [{ name: "web", port: 80, targetPort: 8080 }] }
      const made = await cluster.create(services, {
        apiVersion: "v1",
        kind: "Service",
        metadata,
        spec,
      })
      const empty = await until(world, "there is a slice", () => sliceOf(world, "v"))
      expect(empty.endpoints ?? []).toEqual([])
      expect(empty.metadata).toMatchObject({
        generateName: "v-",
        labels: {
          l: "1",
          "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        },
        ownerReferences: [{ kind: "Service", name: "v", uid: made.metadata.uid, controller: true }],
      })
      const labels = { app: "v" }
      const lingering = podOf(world, { name: "p", labels, finalizers: ["example.com/hold"] })
      await cluster.create(podKind, lingering)
      const pod = await readyPod(world, "p")
      const endpoint = await until(world, "the pod is an endpoint", async () => {
        const [first] = (await sliceOf(world, "v"))?.endpoints ?? []
        return first?.conditions["ready"] === true ? first : undefined
      })
      expect(endpoint).toMatchObject({
        addresses: [pod.status?.["podIP"]],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: pod.spec?.["nodeName"],
        targetRef: { kind: "Pod", name: "p", namespace, uid: pod.metadata.uid },
      })
      const slice = await sliceOf(world, "v")
      expect(slice).toMatchObject({
        addressType: "IPv4",
        ports: [{ name: "web", port: 8080, protocol: "TCP" }],
      })
      await cluster.delete(podKind, { namespace, name: "p" })
      await until(world, "the endpoint is no longer ready", async () => {
        const [first] = (await sliceOf(world, "v"))?.endpoints ?? []
        return first === undefined || first.conditions["ready"] === false
      })
      await mergeInto(world, podKind, "p", { metadata: { finalizers: null } })
    },
  },
  {
    name: "149: a budget refuses an eviction too many, and grants it when there is a pod to spare",
    async run(world) {
      const { cluster, namespace } = world
      const labels = { app: "b" }
      await cluster.create(podKind, podOf(world, { name: "one", labels }))
      await readyPod(world, "one")
      await cluster.create(budgets, {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { namespace, name: "b" },
        spec: { minAvailable: 1, selector: { matchLabels: labels } },
      })
      const counted = (allowed: number): Promise<Loose> =>
        awaitObject(world, budgets, {
          name: "b",
          what: `allows ${allowed} disruptions`,
          is: (object) =>
            object.status?.["observedGeneration"] === object.metadata.generation &&
            countOf(object, "disruptionsAllowed") === allowed,
        })
      const short = await counted(0)
      expect(conditionOf(short, "DisruptionAllowed")).toMatchObject({
        status: "False",
        reason: "InsufficientPods",
      })
      const evict = (name: string): Promise<unknown> =>
        cluster.create(podKind, eviction(world, name), { subresource: "eviction" })
      const refused = await refusal(evict("one"))
      expect(refused.code).toBe("TooManyRequests")
      expect(refused.message).toBe(
        "Cannot evict pod as it would violate the pod's disruption budget.",
      )
      expect(refused.details["causes"]).toMatchObject([
        {
          reason: "DisruptionBudget",
          message: "The disruption budget b needs 1 healthy pods and has 1 currently",
        },
      ])
      await cluster.create(podKind, podOf(world, { name: "two", labels }))
      await readyPod(world, "two")
      const spare = await counted(1)
      expect(conditionOf(spare, "DisruptionAllowed")).toMatchObject({
        status: "True",
        reason: "SufficientPods",
      })
      await evict("one")
      await until(world, "the evicted pod is gone", async () => {
        return (await cluster.get(podKind, { namespace, name: "one" })) === undefined
      })
      await expectRefusal(evict("absent"), "NotFound")
    },
  },
  {
    name: "150: what cannot be scheduled says why; gates hold; a binding is for once",
    async run(world) {
      const { cluster, namespace } = world
      const { items } = await cluster.list(workloads.nodes)
      const huge = podOf(world, { name: "huge" })
      const [container = {}] = (huge.spec?.["containers"] ?? []) as unknown as JsonObject[]
      const containers = [{ ...container, resources: { requests: { cpu: "100000" } } }]
      await cluster.create(podKind, { ...huge, spec: { ...huge.spec, containers } } as Loose)
      const unscheduled = (name: string, reason: string): Promise<Loose> =>
        awaitObject(world, podKind, {
          name,
          what: `is ${reason}`,
          is: (pod) => conditionOf(pod, "PodScheduled")?.["reason"] === reason,
        })
      const waiting = await unscheduled("huge", "Unschedulable")
      expect(conditionOf(waiting, "PodScheduled")).toMatchObject({ status: "False" })
      const message = String(conditionOf(waiting, "PodScheduled")?.["message"])
      expect(message).toMatch(new RegExp(`^0/${items.length} nodes are available: `))
      expect(message).toMatch(/\d+ Insufficient cpu/)
      const picky = podOf(world, { name: "picky" }, { more: { nodeSelector: { no: "such" } } })
      await cluster.create(podKind, picky)
      const alone = await unscheduled("picky", "Unschedulable")
      expect(conditionOf(alone, "PodScheduled")?.["message"]).toContain(
        "node(s) didn't match Pod's node affinity/selector",
      )
      const schedulingGates = [{ name: "example.com/hold" }]
      await cluster.create(podKind, podOf(world, { name: "gated" }, { more: { schedulingGates } }))
      const gated = await unscheduled("gated", "SchedulingGated")
      expect(conditionOf(gated, "PodScheduled")).toMatchObject({
        message: "Scheduling is blocked due to non-empty scheduling gates",
      })
      await cluster.create(podKind, podOf(world, { name: "bound" }))
      const bound = await readyPod(world, "bound")
      const node = bound.spec?.["nodeName"] as string
      const binding = (name: string): Promise<unknown> =>
        cluster.create(
          podKind,
          {
            apiVersion: "v1",
            kind: "Binding",
            metadata: { namespace, name },
            target: { kind: "Node", name: node },
          } as Loose,
          { subresource: "binding" },
        )
      await expectRefusal(binding("bound"), "Conflict", `is already assigned to node "${node}"`)
      await expectRefusal(binding("gated"), "Conflict")
    },
  },
  {
    name: "151: a namespace that goes takes nothing, says what is left and goes with the last of it",
    async run(world) {
      const { cluster } = world
      const name = `${world.namespace}-going`
      await cluster.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } })
      const inside = { ...world, namespace: name }
      const held = configMap(inside, { name: "held", finalizers: ["example.com/hold"] })
      await cluster.create(configMaps, held)
      await cluster.create(configMaps, configMap(inside, { name: "free" }))
      await cluster.delete(namespaces, { name })
      const late = cluster.create(configMaps, configMap(inside, { name: "late" }))
      const message = `unable to create new content in namespace ${name} because it is being terminated`
      const refused = await refusal(late)
      expect(isClusterError(refused, "Forbidden")).toBe(true)
      expect(refused.message).toContain(message)
      expect(refused.details["causes"]).toMatchObject([
        { reason: "NamespaceTerminating", field: "metadata.namespace" },
      ])
      const going = await until(world, "the namespace says what is left", async () => {
        const found = await cluster.get(namespaces, { name })
        return conditionOf(found, "NamespaceContentRemaining")?.["status"] === "True"
          ? found
          : undefined
      })
      expect(going.status).toMatchObject({ phase: "Terminating" })
      expect(conditionOf(going, "NamespaceContentRemaining")).toMatchObject({
        reason: "SomeResourcesRemain",
        message: "Some resources are remaining: configmaps. has 1 resource instances",
      })
      expect(conditionOf(going, "NamespaceFinalizersRemaining")).toMatchObject({
        reason: "SomeFinalizersRemain",
        message:
          "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
      })
      expect(await cluster.get(configMaps, { namespace: name, name: "free" })).toBeUndefined()
      await mergeInto(inside, configMaps, "held", { metadata: { finalizers: null } })
      await until(world, "the namespace is gone", async () => {
        return (await cluster.get(namespaces, { name })) === undefined
      })
    },
  },
  {
    name: "58: a bound pod has time to go; who asks again may only shorten it",
    async run(world) {
      const { cluster, namespace } = world
      const key = { namespace, name: "p" }
      const held = podOf(
        world,
        { name: "p", finalizers: ["example.com/hold"] },
        { more: { terminationGracePeriodSeconds: 30 } },
      )
      await cluster.create(podKind, held)
      await readyPod(world, "p")
      const before = Date.parse((await readyPod(world, "p")).metadata.creationTimestamp ?? "")
      await cluster.delete(podKind, key)
      const going = await cluster.get(podKind, key)
      expect(going?.metadata.deletionGracePeriodSeconds).toBe(30)
      const at = (pod: Loose | undefined): number =>
        Date.parse(pod?.metadata.deletionTimestamp ?? "")
      expect(at(going) - before).toBeGreaterThanOrEqual(30_000)
      await cluster.delete(podKind, key, { gracePeriodSeconds: 5 })
      const sooner = await cluster.get(podKind, key)
      expect(sooner?.metadata.deletionGracePeriodSeconds).toBe(5)
      expect(at(sooner)).toBeLessThan(at(going))
      await cluster.delete(podKind, key, { gracePeriodSeconds: 50 })
      expect((await cluster.get(podKind, key))?.metadata.deletionTimestamp).toBe(
        sooner?.metadata.deletionTimestamp,
      )
      await mergeInto(world, podKind, "p", { metadata: { finalizers: null } })
      await cluster.delete(podKind, key, { gracePeriodSeconds: 0 })
      expect(await cluster.get(podKind, key)).toBeUndefined()
      const once = podOf(
        world,
        { name: "once" },
        { doing: "succeeds", more: { restartPolicy: "Never" } },
      )
      await cluster.create(podKind, once)
      await awaitObject(world, podKind, {
        name: "once",
        what: "has ended",
        is: (pod) => pod.status?.["phase"] === "Succeeded",
      })
      await cluster.delete(podKind, { namespace, name: "once" })
      expect(await cluster.get(podKind, { namespace, name: "once" })).toBeUndefined()
    },
  },
]
