import type { Cluster } from "@argo-ts/k8s"
import { epochMs, type JsonObject, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import { createClusterSim } from "../src/index.js"

const apiVersions: { readonly [kind: string]: string } = {
  ClusterRole: "rbac.authorization.k8s.io/v1",
  EndpointSlice: "discovery.k8s.io/v1",
  Role: "rbac.authorization.k8s.io/v1",
}

function kindOf(name: string): Kind {
  return builtInKind(apiVersions[name] ?? "v1", name) as Kind
}

function createWorld(): Cluster {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  return createClusterSim({ clock, controllers: false }).cluster
}

function make(cluster: Cluster, name: string, { metadata, ...body }: JsonObject) {
  const of = kindOf(name)
  const place = of.scope === "Cluster" ? {} : { namespace: "default" }
  const named = { name: "a", ...place, ...(metadata as JsonObject | undefined) }
  const apiVersion = apiVersions[name] ?? "v1"
  return cluster.create(of, {
    apiVersion,
    kind: name,
    metadata: named,
    ...body,
  } as KubernetesObject)
}

async function complaint(request: Promise<unknown>): Promise<string> {
  try {
    await request
    return "granted"
  } catch (error) {
    return (error as Error).message
  }
}

describe("metadata is refused with the server's words", () => {
  const owner = (name: string, more: JsonObject = {}): JsonObject => ({
    apiVersion: "v1",
    kind: "Pod",
    uid: `uid-${name}`,
    name,
    ...more,
  })

  test.each<readonly [JsonObject, string]>([
    [
      { ownerReferences: [owner("e", { kind: "Event" })] },
      "/v1, Kind=Event is disallowed from being an owner",
    ],
    [
      { ownerReferences: [owner("b", { controller: true }), owner("c", { controller: true })] },
      'Only one reference can have Controller set to true. Found "true" in references for b and c',
    ],
    [
      { name: "", generateName: "A_" },
      '[metadata.generateName: Invalid value: "A_": a lowercase RFC 1123 subdomain must',
    ],
    [{ name: "", generateName: "a-" }, "granted"],
  ])("%j", async (metadata, text) => {
    expect(await complaint(make(createWorld(), "ConfigMap", { metadata }))).toContain(text)
  })
})

describe("lists that a server writes even where there are none", () => {
  test.each([
    ["EndpointSlice", { addressType: "IPv4" }, { endpoints: null, ports: null }],
    ["EndpointSlice", { addressType: "IPv4", endpoints: [] }, { endpoints: [], ports: null }],
    ["Role", {}, { rules: null }],
    ["ClusterRole", { rules: null }, { rules: null }],
  ])("%s %j", async (name, body, stored) => {
    const cluster = createWorld()
    const made = await make(cluster, name, body)
    expect(made).toMatchObject(stored)
    // Nothing has changed where nothing was said.
    expect((await cluster.update(kindOf(name), made)).metadata).toEqual(made.metadata)
  })
})
