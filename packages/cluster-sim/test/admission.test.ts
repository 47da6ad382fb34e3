import { type Cluster, ClusterError } from "@argo-ts/k8s"
import { epochMs, type JsonObject, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import { createClusterSim } from "../src/index.js"

interface Loose extends KubernetesObject {
  readonly spec?: JsonObject
  readonly status?: JsonObject
}

const kind = (apiVersion: string, name: string) => builtInKind(apiVersion, name) as Kind<Loose>
const services = kind("v1", "Service")
const pods = kind("v1", "Pod")

function createWorld() {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  return createClusterSim({ clock, controllers: false, managedFields: "on" })
}

function make(cluster: Cluster, of: Kind, name: string, body: JsonObject): Promise<Loose> {
  const apiVersion = of.group === "" ? of.version : `${of.group}/${of.version}`
  const metadata = of.scope === "Cluster" ? { name } : { namespace: "default", name }
  return cluster.create(of, { apiVersion, kind: of.kind, metadata, ...body } as Loose)
}

const serve = (cluster: Cluster, name: string, spec: JsonObject = {}) =>
  make(cluster, services, name, { spec: { ports: [{ port: 80 }], ...spec } })

function podSpec(container: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return { spec: { containers: [{ name: "a", image: "app:1", ...container }], ...more } }
}

describe("Services", () => {
  test("get the lowest free address, again once it is free", async () => {
    const { cluster } = createWorld()
    const addresses = []
    for (const name of ["a", "b", "c"]) {
      addresses.push((await serve(cluster, name)).spec?.["clusterIP"])
    }
    expect(addresses).toEqual(["10.96.0.10", "10.96.0.11", "10.96.0.12"])
    await cluster.delete(services, { namespace: "default", name: "b" })
    const wanted = await serve(cluster, "d", { clusterIP: "10.96.0.13" })
    expect(wanted.spec).toMatchObject({ clusterIP: "10.96.0.13", clusterIPs: ["10.96.0.13"] })
    expect((await serve(cluster, "e")).spec?.["clusterIP"]).toBe("10.96.0.11")
    expect((await serve(cluster, "f")).spec?.["clusterIP"]).toBe("10.96.0.14")
  })

  test("keep their address and node port through updates that do not name them", async () => {
    const { cluster } = createWorld()
    const made = await serve(cluster, "a", { type: "NodePort" })
    expect(made.spec).toMatchObject({ ports: [{ port: 80, nodePort: 30_000 }] })
    const spec = {
      type: "NodePort",
      ports: [
        { name: "b", port: 81 },
        { name: "a", port: 80 },
      ],
    }
    const { resourceVersion: _version, ...metadata } = made.metadata
    const after = await cluster.update(services, { ...made, metadata, spec })
    expect(after.spec).toMatchObject({
      clusterIP: "10.96.0.10",
      ports: [
        { port: 81, nodePort: 30_001 },
        { port: 80, nodePort: 30_000 },
      ],
    })
  })

  test("lose with their type what the new one does not have", async () => {
    const { cluster } = createWorld()
    await serve(cluster, "a", { type: "LoadBalancer" })
    const key = { namespace: "default", name: "a" }
    const to = (spec: JsonObject) =>
      cluster.patch(services, key, { type: "merge", patch: { spec } })
    const inner = await to({ type: "ClusterIP" })
    expect(inner.spec).not.toHaveProperty("externalTrafficPolicy")
    expect(inner.spec).not.toHaveProperty("allocateLoadBalancerNodePorts")
    expect(inner.spec?.["ports"]).toEqual([{ port: 80, protocol: "TCP", targetPort: 80 }])
    const outer = await to({ type: "ExternalName", externalName: "x.example.com" })
    expect(Object.keys(outer.spec ?? {}).toSorted()).toEqual([
      "externalName",
      "ports",
      "sessionAffinity",
      "type",
    ])
  })
})

describe("Pods", () => {
  test.each([
    ["BestEffort", {}],
    ["Burstable", { requests: { cpu: "100m" } }],
    ["Guaranteed", { limits: { cpu: "0.5", memory: "1Gi" } }],
    ["Guaranteed", { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "1000m" } }],
    ["Burstable", { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "0.5" } }],
  ])("are %s with %j", async (qosClass, resources) => {
    const { cluster } = createWorld()
    const pod = await make(cluster, pods, "a", podSpec({ resources }))
    expect(pod.status).toEqual({ phase: "Pending", qosClass })
  })

  test("get an account, a priority and five minutes on a lost node", async () => {
    const { cluster } = createWorld()
    const pod = await make(cluster, pods, "a", podSpec())
    expect(pod.spec).toMatchObject({
      serviceAccountName: "default",
      serviceAccount: "default",
      priority: 0,
      preemptionPolicy: "PreemptLowerPriority",
      tolerations: [
        { key: "node.kubernetes.io/not-ready", tolerationSeconds: 300 },
        { key: "node.kubernetes.io/unreachable", tolerationSeconds: 300 },
      ],
    })
    const tolerations = [{ operator: "Exists" }]
    const patient = await make(cluster, pods, "b", podSpec({}, { tolerations }))
    expect(patient.spec?.["tolerations"]).toEqual(tolerations)
  })

  test("take their class's priority; an unknown class is Forbidden", async () => {
    const { cluster } = createWorld()
    await make(cluster, kind("scheduling.k8s.io/v1", "PriorityClass"), "high", { value: 7 })
    const high = await make(cluster, pods, "a", podSpec({}, { priorityClassName: "high" }))
    expect(high.spec).toMatchObject({ priority: 7, preemptionPolicy: "PreemptLowerPriority" })
    const unknown = make(cluster, pods, "b", podSpec({}, { priorityClassName: "nope" }))
    await expect(unknown).rejects.toThrow(
      'pods "b" is forbidden: no PriorityClass with name nope was found',
    )
  })
})

describe("field validation", () => {
  const typo = podSpec({ imge: "x", ports: [{ containerPort: 1, containerPrt: 1 }] })
  const places = ["spec.containers[0].imge", "spec.containers[0].ports[0].containerPrt"]
  const texts = places.map((place) => `unknown field "${place}"`)
  const send = (options: object) => {
    const { cluster } = createWorld()
    const metadata = { namespace: "default", name: "a" }
    return cluster.create(pods, { apiVersion: "v1", kind: "Pod", metadata, ...typo }, options)
  }

  test("Strict refuses, naming all", async () => {
    const error = await send({ fieldValidation: "Strict" }).catch((each: unknown) => each)
    expect(error).toBeInstanceOf(ClusterError)
    expect(error).toMatchObject({
      code: "BadRequest",
      message: `Pod in version "v1" cannot be handled as a Pod: strict decoding error: ${texts.join(", ")}`,
    })
  })

  test("Warn, the default, prunes and says so; Ignore only prunes", async () => {
    const heard: string[] = []
    const onWarning = (text: string) => heard.push(text)
    const pod = await send({ onWarning })
    expect(heard).toEqual(texts)
    expect(JSON.stringify(pod)).not.toContain("containerPrt")
    const quiet = await send({ onWarning, fieldValidation: "Ignore" })
    expect(heard).toEqual(texts)
    expect(quiet.spec).toEqual(pod.spec)
  })

  test("a patch is read the same way", async () => {
    const { cluster } = createWorld()
    await make(cluster, pods, "a", podSpec())
    const key = { namespace: "default", name: "a" }
    const patch = (labels: JsonObject, more: JsonObject = {}) =>
      cluster.patch(
        pods,
        key,
        { type: "merge", patch: { metadata: { labels }, ...more } },
        {
          fieldValidation: "Strict",
        },
      )
    await expect(patch({ a: 1 })).rejects.toThrow(
      /^ "" is invalid: patch: Invalid value: "\{.*\}": json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string$/,
    )
    await expect(patch({}, { sped: {} })).rejects.toThrow(
      /strict decoding error: unknown field "sped"$/,
    )
    expect((await patch({ a: "1" })).metadata.labels).toEqual({ a: "1" })
  })
})
