import type { ClusterError, Patch } from "@argo-ts/k8s"
import { epochMs, type JsonObject, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import { type AdmissionHook, type ClusterSim, createClusterSim } from "../src/index.js"

interface Loose extends KubernetesObject {
  readonly data?: JsonObject
  readonly spec?: JsonObject
  readonly status?: JsonObject
}

const pods = builtInKind("v1", "Pod") as Kind<Loose>
const configMaps = builtInKind("v1", "ConfigMap") as Kind<Loose>
const budgets = builtInKind("policy/v1", "PodDisruptionBudget") as Kind<Loose>
const namespace = "default"
const key = { namespace, name: "a" }

function makeSim(
  admission: readonly AdmissionHook[] = [],
  controllers = false,
): {
  readonly sim: ClusterSim
  readonly clock: ReturnType<typeof createVirtualClock>
} {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  return { clock, sim: createClusterSim({ clock, controllers, admission }) }
}

function pod(name: string, spec: JsonObject = {}): Loose {
  const metadata = { namespace, name, labels: { app: "web" } }
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: { containers: [{ name: "a", image: "a:1" }], ...spec },
  }
}

async function refusal(request: Promise<unknown>): Promise<ClusterError> {
  return request.then(
    () => Promise.reject(new Error("expected a refusal")),
    (error: unknown) => error as ClusterError,
  )
}

function evict({ cluster }: ClusterSim, name: string): Promise<Loose> {
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { namespace, name } }
  return cluster.create(pods, eviction, { subresource: "eviction" })
}

function textOf(object: KubernetesObject | undefined): string {
  const { v = "" } = (object as Loose | undefined)?.data ?? {}
  return String(v)
}

describe("an eviction", () => {
  test("is refused while the budget allows none, and done when it does", async () => {
    const { sim, clock } = makeSim([], true)
    await sim.ready
    for (const name of ["a", "b"]) await sim.cluster.create(pods, pod(name))
    await sim.cluster.create(budgets, {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { namespace, name: "web" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
    })
    await clock.advance(10_000)
    expect(await evict(sim, "a")).toMatchObject({ kind: "Status", status: "Success" })
    const going = await sim.cluster.get(pods, key)
    expect(going?.status?.["conditions"]).toContainEqual(
      expect.objectContaining({
        type: "DisruptionTarget",
        status: "True",
        reason: "EvictionByEvictionAPI",
      }),
    )
    const error = await refusal(evict(sim, "b"))
    expect(error).toMatchObject({
      code: "TooManyRequests",
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
    })
    expect(error.details.causes?.[0]?.reason).toBe("DisruptionBudget")
    expect((await refusal(evict(sim, "absent"))).code).toBe("NotFound")
    await sim.close()
  })

  test("of a pod that does not run yet needs no budget", async () => {
    const { sim } = makeSim()
    await sim.cluster.create(pods, pod("a"))
    await evict(sim, "a")
    expect(await sim.cluster.get(pods, key)).toBeUndefined()
  })
})

describe("a binding", () => {
  const bind = ({ cluster }: ClusterSim, name: string): Promise<Loose> => {
    const target = { apiVersion: "v1", kind: "Node", name: "n1" }
    const binding = { apiVersion: "v1", kind: "Binding", metadata: { namespace, name }, target }
    return cluster.create(pods, binding as Loose, { subresource: "binding" })
  }

  test("assigns a pod once, and no pod with gates", async () => {
    const { sim } = makeSim()
    await sim.cluster.create(pods, pod("a"))
    await sim.cluster.create(pods, pod("gated", { schedulingGates: [{ name: "x" }] }))
    await bind(sim, "a")
    const bound = await sim.cluster.get(pods, key)
    expect(bound?.spec?.["nodeName"]).toBe("n1")
    expect(bound?.status?.["conditions"]).toMatchObject([{ type: "PodScheduled", status: "True" }])
    expect(await refusal(bind(sim, "a"))).toMatchObject({
      code: "Conflict",
      message:
        'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "n1"',
    })
    expect((await refusal(bind(sim, "gated"))).message).toContain(
      "has non-empty .spec.schedulingGates",
    )
  })
})

test("what only containers could serve is refused by name", async () => {
  const { sim } = makeSim()
  await sim.cluster.create(pods, pod("a"))
  const patch = { type: "merge", patch: {} } as const
  const resized = sim.cluster.patch(pods, key, patch, { subresource: "resize" })
  expect(await refusal(resized)).toMatchObject({
    code: "MethodNotAllowed",
    message: "resize is not served by pods/resize: pods here are simulated",
  })
})

describe("ephemeral containers", () => {
  const subresource = "ephemeralcontainers"
  const added = (...ephemeralContainers: readonly JsonObject[]): Patch => ({
    type: "strategic",
    patch: { spec: { ephemeralContainers } },
  })
  const debug = { name: "debug", image: "tools:1", targetContainerName: "a" }

  test("are added beside the others, run, and end with their pod", async () => {
    const { sim, clock } = makeSim([], true)
    await clock.advance(1_000)
    await sim.cluster.create(pods, pod("a"))
    await clock.advance(10_000)
    const before = await sim.cluster.get(pods, key)
    await sim.cluster.patch(pods, key, added(debug), { subresource })
    await clock.advance(10_000)
    const after = await sim.cluster.get(pods, key)
    expect(after?.spec?.["ephemeralContainers"]).toMatchObject([
      { ...debug, imagePullPolicy: "IfNotPresent", terminationMessagePolicy: "File" },
    ])
    expect(after?.status?.["ephemeralContainerStatuses"]).toMatchObject([
      { name: "debug", ready: false, restartCount: 0, state: { running: {} } },
    ])
    expect(after?.status?.["conditions"]).toEqual(before?.status?.["conditions"])
    expect(after?.status?.["phase"]).toBe("Running")
    expect(sim.podLogs(namespace, "a", { container: "debug" })).toMatchObject({ lines: [] })
    await sim.cluster.delete(pods, key)
    await clock.advance(60_000)
    expect(await sim.cluster.get(pods, key)).toBeUndefined()
    await sim.close()
  })

  test("one that ends is not started again, and one whose pod ends is ended", async () => {
    const clock = createVirtualClock(epochMs(1_767_225_600_000))
    const behavior = { exitMs: 20_000, containers: { brief: { exitMs: 2_000, exitCode: 3 } } }
    const sim = createClusterSim({ clock, pods: { default: behavior } })
    await clock.advance(1_000)
    await sim.cluster.create(pods, pod("a", { restartPolicy: "Never" }))
    await clock.advance(5_000)
    const brief = { name: "brief", image: "tools:1" }
    await sim.cluster.patch(pods, key, added(brief, debug), { subresource })
    await clock.advance(60_000)
    const { phase, ephemeralContainerStatuses } = (await sim.cluster.get(pods, key))?.status ?? {}
    expect(phase).toBe("Succeeded")
    expect(ephemeralContainerStatuses).toMatchObject([
      { name: "brief", restartCount: 0, state: { terminated: { exitCode: 3 } } },
      { name: "debug", restartCount: 0, state: { terminated: { exitCode: 137 } } },
    ])
    await sim.close()
  })

  test("one whose image takes ten seconds starts ten seconds after it was added, however old its pod", async () => {
    const clock = createVirtualClock(epochMs(1_767_225_600_000))
    const containers = { debug: { pullMs: 10_000 } }
    const sim = createClusterSim({ clock, pods: { default: { containers } } })
    await clock.advance(1_000)
    await sim.cluster.create(pods, pod("a"))
    await clock.advance(60_000)
    await sim.cluster.patch(pods, key, added(debug), { subresource })
    const states: JsonObject[] = []
    for (const ms of [9_999, 1]) {
      await clock.advance(ms)
      const { ephemeralContainerStatuses } = (await sim.cluster.get(pods, key))?.status ?? {}
      const [status] = ephemeralContainerStatuses as JsonObject[]
      states.push(status?.["state"] as JsonObject)
    }
    expect(states).toEqual([
      { waiting: { reason: "ContainerCreating" } },
      { running: { startedAt: "2026-01-01T00:01:11Z" } },
    ])
    await sim.close()
  })

  test("only the list changes, and it only grows", async () => {
    const { sim } = makeSim()
    await sim.cluster.create(pods, pod("a"))
    const patch = { spec: { ephemeralContainers: [debug], activeDeadlineSeconds: 5 } }
    const first = await sim.cluster.patch(pods, key, { type: "strategic", patch }, { subresource })
    expect(first.spec).not.toHaveProperty("activeDeadlineSeconds")
    const nothing = { ...first, spec: { ...first.spec, ephemeralContainers: [] } }
    const removed = await refusal(sim.cluster.update(pods, nothing, { subresource }))
    expect(removed.message).toContain(
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed',
    )
    const other = added({ name: "debug", image: "tools:2" })
    const changed = await refusal(sim.cluster.patch(pods, key, other, { subresource }))
    expect(changed.message).toContain("may not be changed")
    expect((await refusal(sim.cluster.patch(pods, key, added({ ...debug, name: "b" })))).code).toBe(
      "Invalid",
    )
  })

  test("what they cannot have is refused, and so are they at a pod's creation", async () => {
    const { sim } = makeSim()
    const born = sim.cluster.create(pods, pod("b", { ephemeralContainers: [debug] }))
    expect((await refusal(born)).message).toContain("cannot be set on create")
    await sim.cluster.create(pods, pod("a"))
    const bad = { ...debug, name: "a", targetContainerName: "x", ports: [{ containerPort: 1 }] }
    const { message } = await refusal(sim.cluster.patch(pods, key, added(bad), { subresource }))
    expect(message).toContain('spec.ephemeralContainers[0].name: Duplicate value: "a"')
    expect(message).toContain('spec.ephemeralContainers[0].targetContainerName: Not found: "x"')
    expect(message).toContain("ports: Forbidden: cannot be set for an Ephemeral Container")
  })
})

describe("admission hooks", () => {
  const configMap = (name: string, data: JsonObject = {}): Loose => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace, name },
    data,
  })

  test("change what is written, in their order, but not which object it is", async () => {
    const add = (text: string): AdmissionHook => ({
      kinds: [configMaps],
      mutate: ({ object }) =>
        ({
          ...object,
          metadata: { ...object?.metadata, name: "other" },
          data: {
            ...(object?.["data"] as JsonObject),
            v: `${textOf(object)}${text}`,
          },
        }) as never,
    })
    const { sim } = makeSim([add("1"), add("2")])
    const created = await sim.cluster.create(configMaps, configMap("a"))
    expect([created.metadata.name, created.data]).toEqual(["a", { v: "12" }])
    const { data } = await sim.cluster.patch(configMaps, key, {
      type: "merge",
      patch: { data: { v: "0" } },
    })
    expect(data).toEqual({ v: "012" })
    const same = await sim.cluster.patch(configMaps, key, { type: "merge", patch: {} })
    expect(same.data).toEqual({ v: "012" })
  })

  test("refuse by operation, with what was and what would be", async () => {
    const seen: string[] = []
    const { sim } = makeSim([
      {
        name: "policy.example.com",
        kinds: [configMaps],
        operations: ["CREATE", "UPDATE", "DELETE"],
        validate({ operation, object, oldObject, user }) {
          seen.push(
            `${operation} ${oldObject !== undefined} ${object !== undefined} ${user.username}`,
          )
          return operation === "DELETE" ? "it stays" : undefined
        },
      },
    ])
    await sim.cluster.create(configMaps, configMap("a"))
    const root = sim.as({ username: "root", groups: ["system:masters"] })
    await root.update(configMaps, configMap("a", { v: "1" }))
    expect(await refusal(sim.cluster.delete(configMaps, key))).toMatchObject({
      code: "Forbidden",
      message: 'admission webhook "policy.example.com" denied the request: it stays',
    })
    expect(seen).toEqual([
      "CREATE false true system:admin",
      "UPDATE true true root",
      "DELETE true false system:admin",
    ])
  })

  test("that break fail the write", async () => {
    const { sim } = makeSim([
      {
        kinds: [configMaps],
        validate() {
          throw new TypeError("oops")
        },
      },
    ])
    expect(await refusal(sim.cluster.create(configMaps, configMap("a")))).toMatchObject({
      code: "InternalError",
      message: 'Internal error occurred: failed calling webhook "hook-0": oops',
    })
  })
})
