import type { Cluster, ClusterError } from "@argo-ts/k8s"
import {
  defineKind,
  epochMs,
  type JsonObject,
  type Kind,
  type KubernetesObject,
} from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import { serveCluster } from "../src/http/index.js"
import { type ClusterSim, createClusterSim } from "../src/index.js"

interface Loose extends KubernetesObject {
  readonly [field: string]: unknown
}

const kind = (apiVersion: string, name: string): Kind<Loose> =>
  builtInKind(apiVersion, name) as Kind<Loose>
const rbac = "rbac.authorization.k8s.io/v1"
const configMaps = kind("v1", "ConfigMap")
const pods = kind("v1", "Pod")
const accounts = kind("v1", "ServiceAccount")
const deployments = kind("apps/v1", "Deployment")
const roles = kind(rbac, "Role")
const clusterRoles = kind(rbac, "ClusterRole")
const roleBindings = kind(rbac, "RoleBinding")
const namespace = "default"

function review(plural: string, name: string, group = "authorization.k8s.io"): Kind<Loose> {
  return defineKind<Loose>({
    group,
    version: "v1",
    kind: name,
    plural,
    scope: "Cluster",
    hasStatus: false,
  })
}

function makeSim(): {
  readonly sim: ClusterSim
  readonly clock: ReturnType<typeof createVirtualClock>
} {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  return { clock, sim: createClusterSim({ clock, controllers: false, namespaces: ["other"] }) }
}

function object(of: Kind, name: string, body: JsonObject = {}, where: string = namespace): Loose {
  const apiVersion = of.group === "" ? of.version : `${of.group}/${of.version}`
  const scope = of.scope === "Namespaced" ? { namespace: where } : {}
  return { apiVersion, kind: of.kind, metadata: { name, ...scope }, ...body }
}

function rule(resources: string[], verbs: string[], more: JsonObject = {}): JsonObject {
  return { apiGroups: [""], resources, verbs, ...more }
}

async function grant(sim: ClusterSim, user: string, rules: readonly JsonObject[]): Promise<void> {
  const { cluster } = sim
  await cluster.create(roles, object(roles, `of-${user}`, { rules }))
  const subjects = [{ kind: "User", name: user, apiGroup: "rbac.authorization.k8s.io" }]
  const roleRef = { kind: "Role", name: `of-${user}`, apiGroup: "rbac.authorization.k8s.io" }
  await cluster.create(roleBindings, object(roleBindings, `of-${user}`, { subjects, roleRef }))
}

async function refusal(request: Promise<unknown>): Promise<ClusterError> {
  return request.then(
    () => Promise.reject(new Error("expected a refusal")),
    (error: unknown) => error as ClusterError,
  )
}

describe("rights", () => {
  test("are none without a role, and said in the server's words", async () => {
    const { sim } = makeSim()
    const bob = sim.as({ username: "bob" })
    expect(await refusal(bob.get(configMaps, { namespace, name: "a" }))).toMatchObject({
      code: "Forbidden",
      message:
        'configmaps "a" is forbidden: User "bob" cannot get resource "configmaps" in API group "" in the namespace "default"',
      details: { name: "a", kind: "configmaps" },
    })
    expect((await refusal(bob.list(deployments))).message).toBe(
      'deployments.apps is forbidden: User "bob" cannot list resource "deployments" in API group "apps" at the cluster scope',
    )
    expect(() => bob.watch(configMaps, {}, { event() {}, end() {} })).toThrow(
      "cannot watch resource",
    )
  })

  test("hold in their namespace, for their verbs, names and subresources", async () => {
    const { sim } = makeSim()
    await grant(sim, "bob", [
      rule(["configmaps"], ["get", "list"], { resourceNames: ["a"] }),
      rule(["pods"], ["get"]),
      rule(["pods/status"], ["patch"]),
    ])
    for (const where of [namespace, "other"]) {
      await sim.cluster.create(configMaps, object(configMaps, "a", {}, where))
    }
    const bob = sim.as({ username: "bob" })
    expect(await bob.get(configMaps, { namespace, name: "a" })).toBeDefined()
    const fieldSelector = { "metadata.name": "a" }
    expect((await bob.list(configMaps, { namespace, fieldSelector })).items).toHaveLength(1)
    expect(await bob.get(pods, { namespace, name: "p" })).toBeUndefined()
    const patch = { type: "merge", patch: {} } as const
    const status = bob.patch(pods, { namespace, name: "p" }, patch, { subresource: "status" })
    expect((await refusal(status)).code).toBe("NotFound")
    for (const denied of [
      bob.get(configMaps, { namespace, name: "b" }),
      bob.get(configMaps, { namespace: "other", name: "a" }),
      bob.list(configMaps, { namespace }),
      bob.delete(configMaps, { namespace, name: "a" }),
      bob.patch(pods, { namespace, name: "p" }, patch),
    ]) {
      expect((await refusal(denied)).code).toBe("Forbidden")
    }
  })

  test("of masters and cluster-admins are all; view sees what is no secret", async () => {
    const { sim } = makeSim()
    const admin = sim.as({ username: "root", groups: ["system:masters"] })
    await admin.create(configMaps, object(configMaps, "a"))
    const roleRef = { kind: "ClusterRole", name: "view", apiGroup: "rbac.authorization.k8s.io" }
    const subjects = [{ kind: "Group", name: "dev", apiGroup: "rbac.authorization.k8s.io" }]
    await admin.create(roleBindings, object(roleBindings, "dev", { roleRef, subjects }))
    const eve = sim.as({ username: "eve", groups: ["dev"] })
    expect((await eve.list(configMaps, { namespace })).items).toHaveLength(1)
    const secrets = kind("v1", "Secret")
    expect((await refusal(eve.list(secrets, { namespace }))).code).toBe("Forbidden")
    expect((await refusal(eve.list(configMaps))).code).toBe("Forbidden")
  })

  test("applying something new needs the right to create it", async () => {
    const { sim } = makeSim()
    await grant(sim, "bob", [rule(["configmaps"], ["patch"])])
    const bob = sim.as({ username: "bob" })
    const applied = (): Promise<unknown> =>
      bob.apply(configMaps, object(configMaps, "a"), { fieldManager: "bob" })
    expect((await refusal(applied())).message).toContain("cannot create resource")
    await sim.cluster.create(configMaps, object(configMaps, "a"))
    await applied()
  })
})

describe("roles", () => {
  test("that gather others follow them", async () => {
    const { sim, clock } = makeSim()
    const root = sim.as({ username: "root", groups: ["system:masters"] })
    await clock.advance(0)
    const labels = { "rbac.authorization.k8s.io/aggregate-to-view": "true" }
    const own = object(clusterRoles, "view-widgets", {
      rules: [{ apiGroups: ["example.com"], resources: ["widgets"], verbs: ["get"] }],
    })
    await root.create(clusterRoles, { ...own, metadata: { ...own.metadata, labels } })
    await clock.advance(0)
    for (const name of ["view", "edit", "admin"]) {
      const role = await root.get(clusterRoles, { name })
      expect(role?.["rules"]).toContainEqual({
        apiGroups: ["example.com"],
        resources: ["widgets"],
        verbs: ["get"],
      })
    }
    const { allowed, reason } = await sim.authorizer.decide(
      { username: "root", groups: ["system:masters"] },
      { verb: "get", path: "/metrics" },
    )
    expect([allowed, reason]).toEqual([true, ""])
  })

  test("cannot give away what their author does not have", async () => {
    const { sim } = makeSim()
    await grant(sim, "bob", [
      rule(["configmaps"], ["get", "list"]),
      {
        apiGroups: ["rbac.authorization.k8s.io"],
        resources: ["roles", "rolebindings"],
        verbs: ["create", "update"],
      },
    ])
    const bob = sim.as({ username: "bob", groups: ["dev"] })
    await bob.create(roles, object(roles, "fine", { rules: [rule(["configmaps"], ["get"])] }))
    const more = bob.create(
      roles,
      object(roles, "more", { rules: [rule(["configmaps", "secrets"], ["get", "delete"])] }),
    )
    expect((await refusal(more)).message).toBe(
      'roles.rbac.authorization.k8s.io "more" is forbidden: user "bob" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["configmaps" "secrets"], Verbs:["get" "delete"]}',
    )
    const bind = (name: string): Promise<unknown> =>
      bob.create(
        roleBindings,
        object(roleBindings, name, {
          roleRef: { kind: "ClusterRole", name, apiGroup: "rbac.authorization.k8s.io" },
          subjects: [{ kind: "User", name: "bob" }],
        }),
      )
    expect((await refusal(bind("cluster-admin"))).message).toContain(
      "is attempting to grant RBAC permissions",
    )
    expect((await refusal(bind("absent"))).code).toBe("NotFound")
    await sim.cluster.patch(
      roles,
      { namespace, name: "of-bob" },
      {
        type: "json",
        operations: [
          {
            op: "add",
            path: "/rules/-",
            value: {
              apiGroups: ["rbac.authorization.k8s.io"],
              resources: ["clusterroles"],
              verbs: ["bind"],
              resourceNames: ["cluster-admin"],
            },
          },
        ],
      },
    )
    await bind("cluster-admin")
  })

  test("are bound for good, and have to say something", async () => {
    const { sim } = makeSim()
    await grant(sim, "bob", [])
    const patch = { type: "merge", patch: { roleRef: { name: "other" } } } as const
    const moved = sim.cluster.patch(roleBindings, { namespace, name: "of-bob" }, patch)
    expect((await refusal(moved)).message).toContain("cannot change roleRef")
    const empty = sim.cluster.create(
      roles,
      object(roles, "x", { rules: [{ resources: ["pods"] }] }),
    )
    expect((await refusal(empty)).details.causes?.map(({ field }) => field)).toEqual([
      "rules[0].verbs",
      "rules[0].apiGroups",
    ])
  })
})

describe("reviews", () => {
  const ask = (cluster: Cluster, spec: JsonObject): Promise<Loose> => {
    const own = review("selfsubjectaccessreviews", "SelfSubjectAccessReview")
    return cluster.create(own, {
      apiVersion: "authorization.k8s.io/v1",
      kind: own.kind,
      metadata: {},
      spec,
    })
  }

  test("tell what one may and why", async () => {
    const { sim } = makeSim()
    await grant(sim, "bob", [rule(["pods"], ["get"])])
    const bob = sim.as({ username: "bob" })
    const may = await ask(bob, { resourceAttributes: { verb: "get", resource: "pods", namespace } })
    expect(may["status"]).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "of-bob/default" of Role "of-bob" to User "bob"',
    })
    const log = await ask(bob, {
      resourceAttributes: { verb: "get", resource: "pods", subresource: "log", namespace },
    })
    expect(log["status"]).toEqual({ allowed: false })
    const api = await ask(bob, { nonResourceAttributes: { verb: "get", path: "/apis/apps" } })
    expect(api["status"]).toMatchObject({ allowed: true })
  })

  test("tell who one is, all rules, and what others may", async () => {
    const { sim } = makeSim()
    await grant(sim, "bob", [rule(["pods"], ["get"])])
    const bob = sim.as({ username: "bob", groups: ["dev"] })
    const self = review("selfsubjectreviews", "SelfSubjectReview", "authentication.k8s.io")
    const who = await bob.create(self, {
      apiVersion: "authentication.k8s.io/v1",
      kind: self.kind,
      metadata: {},
    })
    expect(who["status"]).toEqual({
      userInfo: { username: "bob", groups: ["dev", "system:authenticated"] },
    })
    const rulesOf = review("selfsubjectrulesreviews", "SelfSubjectRulesReview")
    const all = await bob.create(rulesOf, {
      apiVersion: "authorization.k8s.io/v1",
      kind: rulesOf.kind,
      metadata: {},
      spec: { namespace },
    })
    expect(all["status"]).toMatchObject({ incomplete: false })
    expect((all["status"] as JsonObject)["resourceRules"]).toContainEqual({
      apiGroups: [""],
      resources: ["pods"],
      verbs: ["get"],
    })
    const others = review("subjectaccessreviews", "SubjectAccessReview")
    const question = (cluster: Cluster): Promise<Loose> =>
      cluster.create(others, {
        apiVersion: "authorization.k8s.io/v1",
        kind: others.kind,
        metadata: {},
        spec: { user: "bob", resourceAttributes: { verb: "get", resource: "pods", namespace } },
      })
    expect((await refusal(question(bob))).code).toBe("Forbidden")
    expect((await question(sim.cluster))["status"]).toMatchObject({ allowed: true })
  })

  test("tokens of accounts say who they are for as long as the account lives", async () => {
    const { sim, clock } = makeSim()
    await sim.cluster.create(accounts, object(accounts, "robot"))
    const request = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: { namespace, name: "robot" },
    }
    const issued = await sim.cluster.create(
      accounts,
      { ...request, spec: { expirationSeconds: 600 } },
      { subresource: "token" },
    )
    const { token } = issued["status"] as { readonly token: string }
    const reviews = review("tokenreviews", "TokenReview", "authentication.k8s.io")
    const check = async (): Promise<unknown> =>
      (
        await sim.cluster.create(reviews, {
          apiVersion: "authentication.k8s.io/v1",
          kind: reviews.kind,
          metadata: {},
          spec: { token },
        })
      )["status"]
    expect(await check()).toMatchObject({
      authenticated: true,
      user: { username: "system:serviceaccount:default:robot" },
    })
    await clock.advance(600_000)
    expect(await check()).toMatchObject({ user: {} })
  })
})

test("a served cluster gives each user its rights", async () => {
  const { sim, clock } = makeSim()
  await grant(sim, "bob", [rule(["pods"], ["list"])])
  const served = await serveCluster({
    cluster: sim.cluster,
    clock,
    transport: "http",
    anonymous: true,
    tokens: { secret: { username: "bob", groups: [] } },
    as: sim.as,
    authorizer: sim.authorizer,
    accounts: sim.accounts(),
  })
  const get = async (
    path: string,
    headers: { readonly [name: string]: string } = {},
  ): Promise<number> =>
    (await fetch(served.url + path, { headers: { authorization: "Bearer secret", ...headers } }))
      .status
  try {
    expect(await get("/api/v1/namespaces/default/pods")).toBe(200)
    expect(await get("/api/v1/namespaces/default/secrets")).toBe(403)
    expect(await get("/api/v1/namespaces/default/secrets?watch=1")).toBe(403)
    expect(await get("/version")).toBe(200)
    expect(await get("/api/v1/namespaces/default/pods", { "impersonate-user": "jane" })).toBe(403)
  } finally {
    await served.close()
  }
})

describe("impersonation", () => {
  test("needs the right to be that user and in those groups", async () => {
    const { sim } = makeSim()
    const jane = { username: "jane", groups: ["dev"] }
    const bob = sim.as({ username: "bob" }, { impersonate: jane })
    expect((await refusal(bob.list(pods, { namespace }))).message).toBe(
      'users "jane" is forbidden: User "bob" cannot impersonate resource "users" in API group "" at the cluster scope',
    )
    const bindings = kind(rbac, "ClusterRoleBinding")
    const rules = [
      rule(["users"], ["impersonate"], { resourceNames: ["jane"] }),
      rule(["groups"], ["impersonate"]),
    ]
    await sim.cluster.create(clusterRoles, object(clusterRoles, "acting", { rules }))
    await sim.cluster.create(
      bindings,
      object(bindings, "acting", {
        roleRef: { kind: "ClusterRole", name: "acting", apiGroup: "rbac.authorization.k8s.io" },
        subjects: [{ kind: "User", name: "bob" }],
      }),
    )
    expect((await refusal(bob.list(pods, { namespace }))).message).toContain(
      'User "jane" cannot list',
    )
    await grant(sim, "jane", [rule(["pods"], ["list"])])
    expect((await bob.list(pods, { namespace })).items).toEqual([])
  })
})
