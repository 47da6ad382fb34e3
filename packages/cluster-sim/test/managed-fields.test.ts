import type { Patch } from "@argo-ts/k8s"
import { epochMs, type JsonObject, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import { createClusterSim } from "../src/index.js"

interface Loose extends KubernetesObject {
  readonly data?: JsonObject
}

const configMaps = builtInKind("v1", "ConfigMap") as Kind<Loose>
const deployments = builtInKind("apps/v1", "Deployment") as Kind<Loose>
const key = { namespace: "default", name: "a" }
const note = "kubectl.kubernetes.io/last-applied-configuration"

function createWorld() {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  const { cluster } = createClusterSim({ clock, controllers: false, managedFields: "on" })
  const config = (data: JsonObject, annotations?: { [name: string]: string }): Loose => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...key, ...(annotations === undefined ? {} : { annotations }) },
    data,
  })
  const patch = (body: Patch, fieldManager = "P") =>
    cluster.patch(configMaps, key, body, { fieldManager })
  const merge = (body: JsonObject, fieldManager?: string) =>
    patch({ type: "merge", patch: body }, fieldManager)
  const apply = (fieldManager: string, data: JsonObject, force = false) =>
    cluster.apply(configMaps, config(data), { fieldManager, force })
  return { cluster, config, patch, merge, apply }
}

const managers = ({ metadata }: Loose): unknown[] =>
  (metadata.managedFields ?? []).map(({ manager, operation }) => `${manager} ${operation}`)

describe("managedFields", () => {
  test("of a new Deployment name the objects it made, not those every Deployment has", async () => {
    const { cluster } = createWorld()
    const labels = { app: "a" }
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: "a", image: "a:1", ports: [{ containerPort: 80 }] }] },
    }
    const spec = { selector: { matchLabels: labels }, template }
    const made = await cluster.create(
      deployments,
      { apiVersion: "apps/v1", kind: "Deployment", metadata: key, spec } as Loose,
      { fieldManager: "U" },
    )
    const fields = made.metadata.managedFields?.[0]?.fieldsV1 as JsonObject
    expect(Object.keys(fields)).toEqual(["f:spec"])
    expect(fields["f:spec"]).toMatchObject({
      "f:selector": {},
      "f:strategy": { "f:rollingUpdate": { ".": {}, "f:maxSurge": {} }, "f:type": {} },
      "f:template": {
        "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
        "f:spec": {
          "f:containers": {
            'k:{"name":"a"}': {
              ".": {},
              "f:ports": {
                ".": {},
                'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:protocol": {} },
              },
              "f:resources": {},
            },
          },
        },
      },
    })
    for (const path of [[], ["f:strategy"], ["f:template"], ["f:template", "f:metadata"]]) {
      const inner = path.reduce(
        (value, step) => value[step] as JsonObject,
        fields["f:spec"] as JsonObject,
      )
      expect(inner).not.toHaveProperty(["."])
    }
  })

  test.each([[[]], [[{}]]])(
    "are cleared by %j, and stay away until somebody applies",
    async (entries) => {
      const { cluster, config, merge, apply } = createWorld()
      await cluster.create(configMaps, config({ a: "1" }), { fieldManager: "U" })
      const cleared = await merge({ metadata: { managedFields: entries } })
      expect(cleared.metadata.managedFields).toBeUndefined()
      expect((await merge({ data: { b: "1" } })).metadata.managedFields).toBeUndefined()
      await expect(apply("A", { a: "2" })).rejects.toThrow(
        'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a',
      )
      expect(managers(await apply("A", { a: "1" }))).toEqual([
        "A Apply",
        "before-first-apply Update",
      ])
    },
  )

  test("may be written by a client; what cannot be read is not taken", async () => {
    const { cluster, config, patch } = createWorld()
    const made = await cluster.create(configMaps, config({ a: "1" }), { fieldManager: "U" })
    const [entry] = made.metadata.managedFields ?? []
    const replace = (value: unknown, version = made.metadata.resourceVersion) =>
      patch({
        type: "json",
        operations: [
          { op: "replace", path: "/metadata/managedFields", value: value as never },
          { op: "replace", path: "/metadata/resourceVersion", value: version },
        ],
      })
    const renamed = await replace([{ ...entry, manager: "V" }])
    expect(managers(renamed)).toEqual(["V Update"])
    await expect(replace([entry])).rejects.toMatchObject({ code: "Conflict" })
    const odd = [{ manager: "x", operation: "Steal", fieldsType: "FieldsV1" }]
    const after = await replace(odd, renamed.metadata.resourceVersion)
    expect(managers(after)).toEqual(["V Update"])
    expect(after.metadata.resourceVersion).toBe(renamed.metadata.resourceVersion)
  })

  test("kubectl takes over what its client-side apply wrote, and notes what it applies", async () => {
    const { cluster, config, apply } = createWorld()
    const applied = JSON.stringify(config({ a: "1" }))
    const client = { fieldManager: "kubectl-client-side-apply" }
    await cluster.create(configMaps, config({ a: "1" }, { [note]: applied }), client)
    await expect(apply("other", { a: "2" })).rejects.toMatchObject({ code: "Conflict" })
    const taken = await apply("kubectl", { a: "2" })
    expect(taken.data).toEqual({ a: "2" })
    expect(JSON.parse(taken.metadata.annotations?.[note] ?? "")).toEqual(config({ a: "2" }))
    expect(managers(taken)).toEqual(["kubectl Apply", "kubectl-client-side-apply Update"])
    await cluster.patch(configMaps, key, { type: "merge", patch: { data: { b: "1" } } })
    await expect(apply("kubectl", { a: "2", b: "2" })).rejects.toThrow(".data.b")
  })
})

describe("the parts of a cluster", () => {
  test("write under the names of their processes, and nobody owns a pod's node", async () => {
    const clock = createVirtualClock(epochMs(1_767_225_600_000))
    const sim = createClusterSim({ clock, managedFields: "on", namespaces: ["shop"] })
    const labels = { app: "a" }
    const template = { metadata: { labels }, spec: { containers: [{ name: "a", image: "a:1" }] } }
    const spec = { selector: { matchLabels: labels }, template }
    const metadata = { namespace: "shop", name: "a" }
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec } as Loose
    await sim.cluster.create(deployments, deployment, { fieldManager: "U" })
    await clock.advance(60_000)
    const ownersOf = async (apiVersion: string, kind: string): Promise<unknown> => {
      const { items } = await sim.cluster.list(builtInKind(apiVersion, kind) as Kind)
      const entries = items.flatMap(({ metadata }) => metadata.managedFields ?? [])
      return [
        ...new Set(entries.map(({ manager, subresource = "" }) => `${manager} ${subresource}`)),
      ]
        .map((owner) => owner.trim())
        .toSorted()
    }
    const controllers = "kube-controller-manager"
    expect(await ownersOf("apps/v1", "Deployment")).toEqual(["U", `${controllers} status`])
    expect(await ownersOf("apps/v1", "ReplicaSet")).toEqual([controllers, `${controllers} status`])
    expect(await ownersOf("v1", "Pod")).toEqual([controllers, "kubelet status"])
    expect(await ownersOf("v1", "Node")).toEqual(["kubelet"])
    expect(await ownersOf("v1", "ConfigMap")).toEqual([controllers])
    expect(await ownersOf("v1", "Event")).toEqual([controllers, "kube-scheduler", "kubelet"])
    const [pod] = (await sim.cluster.list(builtInKind("v1", "Pod") as Kind)).items
    expect(pod).toMatchObject({ spec: { nodeName: "node-0" } })
    const owned = JSON.stringify(pod?.metadata.managedFields)
    expect(owned).not.toContain("f:nodeName")
    // The status of a new object is nobody's.
    expect(owned).not.toContain("f:qosClass")
    await sim.close()
  })
})
