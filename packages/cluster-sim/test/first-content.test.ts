import { isClusterError } from "@argo-ts/k8s"
import { describe, expect, test } from "vitest"
import type { ClusterSimOptions } from "../src/index.js"
import { kind, type Loose, pod, pods, type World, world } from "./world.js"

const namespaces = kind("v1", "Namespace")
const accounts = kind("v1", "ServiceAccount")
const configMaps = kind("v1", "ConfigMap")
const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount"

function account(name: string, more: object = {}): Loose {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { namespace: "default", name },
    ...more,
  }
}

function opened(options: Partial<ClusterSimOptions> = {}): World["sim"]["cluster"] {
  return world(options).sim.cluster
}

async function made(given: Loose, options: Partial<ClusterSimOptions> = {}): Promise<Loose> {
  return (await opened(options).create(pods, given)) as Loose
}

describe("every namespace", () => {
  test("has a service account and the authority's certificate, which come back when deleted", async () => {
    const { clock, sim, problems } = world({ rootCertificate: "PEM" })
    const { cluster } = sim
    await cluster.create(namespaces, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "shop" },
    } as Loose)
    for (const namespace of ["default", "kube-system", "shop"]) {
      await clock.advance(0)
      const [own, certificate] = [
        { namespace, name: "default" },
        { namespace, name: "kube-root-ca.crt" },
      ]
      expect(await cluster.get(accounts, own)).toBeDefined()
      expect((await cluster.get(configMaps, certificate))?.["data"]).toEqual({ "ca.crt": "PEM" })
      await cluster.delete(accounts, own)
      await cluster.patch(configMaps, certificate, { type: "merge", patch: { data: { x: "y" } } })
      await clock.advance(0)
      expect((await cluster.get(configMaps, certificate))?.["data"]).toEqual({ "ca.crt": "PEM" })
      await cluster.delete(configMaps, certificate)
      await clock.advance(0)
      expect(await cluster.get(accounts, own)).toBeDefined()
      expect(await cluster.get(configMaps, certificate)).toBeDefined()
    }
    expect(problems).toEqual([])
  })

  test("goes with them, and nobody puts them back meanwhile", async () => {
    const { clock, sim, problems } = world({ namespaces: ["shop"] })
    await sim.cluster.delete(namespaces, { name: "shop" })
    await clock.advance(6_000)
    expect(await sim.cluster.get(namespaces, { name: "shop" })).toBeUndefined()
    expect((await sim.cluster.list(accounts, { namespace: "shop" })).items).toEqual([])
    expect(problems).toEqual([])
  })

  test("tells what holds it up", async () => {
    const { clock, sim } = world({ namespaces: ["shop"] })
    const metadata = { namespace: "shop", name: "held", finalizers: ["a.b/c"] }
    await sim.cluster.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata } as Loose)
    await sim.cluster.delete(namespaces, { name: "shop" })
    await clock.advance(6_000)
    const { status } = (await sim.cluster.get(namespaces, { name: "shop" })) as Loose
    expect(
      status.conditions.map(({ type, status: is, reason, message }: Loose) => [
        type,
        is,
        reason,
        message,
      ]),
    ).toEqual([
      [
        "NamespaceDeletionDiscoveryFailure",
        "False",
        "ResourcesDiscovered",
        "All resources successfully discovered",
      ],
      [
        "NamespaceDeletionGroupVersionParsingFailure",
        "False",
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
      ],
      [
        "NamespaceDeletionContentFailure",
        "False",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
      ],
      [
        "NamespaceContentRemaining",
        "True",
        "SomeResourcesRemain",
        "Some resources are remaining: configmaps. has 1 resource instances",
      ],
      [
        "NamespaceFinalizersRemaining",
        "True",
        "SomeFinalizersRemain",
        "Some content in the namespace has finalizers remaining: a.b/c in 1 resource instances",
      ],
    ])
    const patch = { metadata: { finalizers: null } }
    const key = { namespace: "shop", name: "held" }
    await sim.cluster.patch(configMaps, key, { type: "merge", patch })
    await clock.advance(6_000)
    expect(await sim.cluster.get(namespaces, { name: "shop" })).toBeUndefined()
  })

  test("with a finalizer of somebody else stays when it is empty", async () => {
    const { clock, sim } = world()
    await sim.cluster.create(namespaces, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "shop", finalizers: ["a.b/c"] },
    } as Loose)
    await sim.cluster.delete(namespaces, { name: "shop" })
    await clock.advance(60_000)
    expect(await sim.cluster.get(namespaces, { name: "shop" })).toMatchObject({
      spec: {},
      status: { phase: "Terminating" },
    })
    const patch = { metadata: { finalizers: null } }
    await sim.cluster.patch(namespaces, { name: "shop" }, { type: "merge", patch })
    expect(await sim.cluster.get(namespaces, { name: "shop" })).toBeUndefined()
  })
})

describe("a new pod", () => {
  test("runs as its namespace's account and mounts its token in every container", async () => {
    const init = { name: "init", image: "app:1", volumeMounts: [{ name: "own", mountPath }] }
    const volumes = [{ name: "own", emptyDir: {} }]
    const { spec } = (await made(pod({ initContainers: [init], volumes }))) as Loose
    const name = spec.volumes[1]?.name
    expect(name).toMatch(/^kube-api-access-[a-z2-9]{5}$/)
    expect(spec).toMatchObject({ serviceAccountName: "default", serviceAccount: "default" })
    expect(spec.volumes[1]).toEqual({
      name,
      projected: {
        defaultMode: 420,
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
          { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
          {
            downwardAPI: {
              items: [
                {
                  path: "namespace",
                  fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" },
                },
              ],
            },
          },
        ],
      },
    })
    expect(spec.containers[0].volumeMounts).toEqual([{ name, readOnly: true, mountPath }])
    // What is mounted there already stays.
    expect(spec.initContainers[0].volumeMounts).toEqual([{ name: "own", mountPath }])
  })

  test("brings its own token volume along when it is created again", async () => {
    const mount = { name: "kube-api-access-abcde", mountPath: "/elsewhere" }
    const volumes = [{ name: "kube-api-access-abcde", projected: { sources: [] } }]
    const containers = [{ name: "main", image: "app:1", volumeMounts: [mount] }]
    const { spec } = (await made(pod({ containers, volumes }))) as Loose
    expect(spec.volumes).toHaveLength(1)
    expect(spec.containers[0].volumeMounts).toEqual([
      mount,
      { name: "kube-api-access-abcde", readOnly: true, mountPath },
    ])
  })

  const no = { automountServiceAccountToken: false }
  const yes = { automountServiceAccountToken: true }
  interface Case {
    readonly name: string
    readonly spec?: object
    readonly more?: object
    readonly options?: Partial<ClusterSimOptions>
    readonly isMounted: boolean
  }
  const cases: readonly Case[] = [
    { name: "the pod says no", spec: no, isMounted: false },
    { name: "the account says no", more: no, isMounted: false },
    { name: "the pod says yes, the account no", spec: yes, more: no, isMounted: true },
    { name: "the cluster says no", options: { serviceAccountAutomount: false }, isMounted: false },
  ]

  test.each(cases)("and its token, where $name: $isMounted", async (each) => {
    const cluster = opened(each.options)
    await cluster.create(accounts, account("robot", each.more))
    const created = await cluster.create(pods, pod({ serviceAccountName: "robot", ...each.spec }))
    expect(created["spec"].volumes !== undefined).toBe(each.isMounted)
    expect(created["spec"].serviceAccountName).toBe("robot")
  })

  test("takes the pull secrets of its account unless it has its own", async () => {
    const cluster = opened()
    await cluster.create(accounts, account("robot", { imagePullSecrets: [{ name: "registry" }] }))
    const robot = { serviceAccountName: "robot" }
    const first = await cluster.create(pods, pod(robot))
    const own = { ...robot, imagePullSecrets: [{ name: "mine" }] }
    const second = await cluster.create(pods, pod(own, { name: "other" }))
    expect([first, second].map((each) => each["spec"].imagePullSecrets)).toEqual([
      [{ name: "registry" }],
      [{ name: "mine" }],
    ])
  })

  test("is refused where its account is not there", async () => {
    const refused = opened().create(pods, pod({ serviceAccountName: "nobody" }))
    await expect(refused).rejects.toThrow(
      'pods "web" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    )
    expect(isClusterError(await refused.catch((error: unknown) => error), "Forbidden")).toBe(true)
  })

  test("is not asked for it where no controller makes accounts", async () => {
    const created = await made(pod({ serviceAccountName: "nobody" }), { controllers: false })
    expect(created["spec"]).toMatchObject({ serviceAccount: "nobody" })
    expect(created["spec"].volumes).toBeUndefined()
  })

  test("shares what it says with the one before", async () => {
    const cluster = opened()
    const first = await cluster.create(pods, pod())
    const second = await cluster.create(pods, pod({}, { name: "other" }))
    const third = await cluster.create(pods, pod({ hostname: "x" }, { name: "third" }))
    expect(second["spec"]).toBe(first["spec"])
    expect(third["spec"].volumes).toBe(first["spec"].volumes)
  })
})
