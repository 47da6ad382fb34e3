import type { JsonObject, Kind, Stored } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { expect } from "vitest"
import { isClusterError } from "../cluster-error.js"
import {
  type ConformanceCase,
  type ConformanceWorld,
  configMap,
  deployment,
  expectRefusal,
  kinds,
  type Loose,
  refusal,
  until,
} from "./world.js"

const { configMaps, deployments, pods } = kinds
const services = builtInKind("v1", "Service") as Kind<Loose>

function service(world: ConformanceWorld, name: string, spec: JsonObject): Promise<Stored<Loose>> {
  const { cluster, namespace } = world
  const metadata = { namespace, name }
  return cluster.create(services, { apiVersion: "v1", kind: "Service", metadata, spec })
}

const ports = [{ port: 80 }]

/** What the server makes of what it is sent, by spec/cluster §12 B. */
export const admissionCases: readonly ConformanceCase[] = [
  {
    name: "40: /scale is held to versions, and counts as a change of the spec",
    async run(world) {
      const { cluster, namespace } = world
      const key = { namespace, name: "d" }
      const options = { subresource: "scale" }
      const paused = deployment(world, "d")
      await cluster.create(deployments, paused)
      const scale = (await cluster.get(deployments, key, options)) as Loose
      expect(scale).toMatchObject({
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name: "d", namespace },
        spec: {},
        status: { replicas: 0, selector: "app=d" },
      })
      const before = await cluster.get(deployments, key)
      const patch = { type: "merge", patch: { spec: { minReadySeconds: 1 } } } as const
      const after = await cluster.patch(deployments, key, patch)
      expect(after.metadata.generation).toBe((before?.metadata.generation ?? 0) + 1)
      const stale = cluster.update(deployments, { ...scale, spec: { replicas: 1 } }, options)
      await expectRefusal(stale, "Conflict", 'deployments.apps "d"')
      const replicas = { type: "merge", patch: { spec: { replicas: 1 } } } as const
      await cluster.patch(deployments, key, replicas, options)
      const scaled = await cluster.get(deployments, key)
      expect(scaled?.metadata.generation).toBe((after.metadata.generation ?? 0) + 1)
      await cluster.delete(deployments, key)
    },
  },
  {
    name: "42: what a kind does not have is warned of, refused or ignored",
    async run(world) {
      const { cluster } = world
      const odd = (name: string): Loose =>
        ({ ...configMap(world, { name }, { k: "v" }), odd: 1, Data: {} }) as Loose
      const warnings: string[] = []
      const onWarning = (text: string): void => {
        warnings.push(text)
      }
      const made = await cluster.create(configMaps, odd("a"), { onWarning })
      expect(warnings.toSorted()).toEqual(['unknown field "Data"', 'unknown field "odd"'])
      expect(made).not.toHaveProperty("odd")
      const error = await refusal(
        cluster.create(configMaps, odd("b"), { fieldValidation: "Strict" }),
      )
      expect(error.code).toBe("BadRequest")
      expect(error.message).toContain("strict decoding error: ")
      expect(error.message).toContain('unknown field "odd"')
      warnings.length = 0
      await cluster.create(configMaps, odd("c"), { fieldValidation: "Ignore", onWarning })
      expect(warnings).toEqual([])
    },
  },
  {
    name: "45: a selector has to match its template",
    async run(world) {
      const base = deployment(world, "d")
      const spec = { ...base.spec, selector: { matchLabels: { other: "x" } } }
      const request = world.cluster.create(deployments, { ...base, spec } as Loose)
      await expectRefusal(request, "Invalid", "`selector` does not match template `labels`")
    },
  },
  {
    name: "47: Services get addresses of their own and keep them",
    async run(world) {
      const { cluster, namespace } = world
      const one = await service(world, "one", { ports })
      const two = await service(world, "two", { ports })
      const addressOf = (object: Loose): unknown => object.spec?.["clusterIP"]
      expect(addressOf(one)).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
      expect(addressOf(two)).not.toBe(addressOf(one))
      const change = (patch: JsonObject): Promise<Loose> =>
        cluster.patch(
          services,
          { namespace, name: "one" },
          { type: "merge", patch: { spec: patch } },
        )
      const moved = change({ clusterIP: addressOf(two) as string, clusterIPs: null })
      await expectRefusal(moved, "Invalid", "may not change once set")
      const taken = service(world, "three", { ports, clusterIP: addressOf(one) as string })
      await expectRefusal(taken, "Invalid", "already allocated")
      const high = service(world, "four", { ports: [{ port: 80, nodePort: 99 }], type: "NodePort" })
      await expectRefusal(high, "Invalid", "provided port is not in the valid range")
      const named = await change({ type: "ExternalName", externalName: "example.com" })
      for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "internalTrafficPolicy"])
        expect(named.spec ?? {}, field).not.toHaveProperty(field)
    },
  },
  {
    name: "48: a pod needs the account and the class that it names",
    async run(world) {
      const { cluster, namespace } = world
      const containers = [{ name: "a", image: "app:1" }]
      const create = (spec: JsonObject): Promise<unknown> =>
        cluster.create(pods, {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { namespace, name: "p" },
          spec: { containers, ...spec },
        })
      const account = create({ serviceAccountName: "nobody" })
      const missing = `error looking up service account ${namespace}/nobody: serviceaccount "nobody" not found`
      await expectRefusal(account, "Forbidden", missing)
      const unknown = create({ priorityClassName: "no-such-class" })
      await expectRefusal(
        unknown,
        "Forbidden",
        "no PriorityClass with name no-such-class was found",
      )
    },
  },
  {
    name: "49: a quota counts: one pod more is refused, and a Deployment says why it is short",
    async run(world) {
      const { cluster, namespace } = world
      const quotas = builtInKind("v1", "ResourceQuota") as Kind<Loose>
      const quota = {
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { namespace, name: "q" },
        spec: { hard: { pods: "1" } },
      }
      await cluster.create(quotas, quota)
      await until(world, "the quota is counted", async () => {
        const found = await cluster.get(quotas, { namespace, name: "q" })
        return (found?.status?.["hard"] as JsonObject | undefined)?.["pods"] === "1"
      })
      const pod = (name: string): Promise<unknown> =>
        cluster.create(pods, {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { namespace, name },
          spec: { containers: [{ name: "a", image: "app:1" }] },
        })
      await pod("one")
      const text = "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1"
      await expectRefusal(pod("two"), "Forbidden", text)
      const base = deployment(world, "d")
      await cluster.create(deployments, { ...base, spec: { ...base.spec, replicas: 1 } } as Loose)
      const failure = await until(world, "the Deployment says why it is short", async () => {
        const found = await cluster.get(deployments, { namespace, name: "d" })
        const conditions = (found?.status?.["conditions"] ?? []) as readonly JsonObject[]
        return conditions.find(({ type }) => type === "ReplicaFailure")
      })
      expect(failure).toMatchObject({ status: "True", reason: "FailedCreate" })
      expect(failure["message"]).toContain(text)
    },
  },
  {
    name: "a write is refused in the way of its reason, and says whether it is worth another try",
    async run({ cluster, namespace }) {
      const error = await refusal(cluster.list(configMaps, { namespace, continue: "garbage" }))
      expect(isClusterError(error, "BadRequest")).toBe(true)
      expect(error).toMatchObject({ retryable: false })
    },
  },
]
