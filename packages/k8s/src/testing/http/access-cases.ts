import type { JsonObject } from "@argo-ts/kernel"
import { expect } from "vitest"
import {
  failure,
  type HttpAnswer,
  type HttpCase,
  type HttpClient,
  mapNamed,
  patchTypes,
} from "./http-world.js"

const rbac = "apis/rbac.authorization.k8s.io/v1"
const reviews = "/apis/authorization.k8s.io/v1"

/** Acts as a user who has what roles give, and nothing else. */
function as(user: string, more: { readonly [name: string]: string } = {}) {
  return { headers: { "impersonate-user": user, ...more } }
}

/** Gives a user these rules in the world's namespace. */
async function grant(
  client: HttpClient,
  user: string,
  rules: readonly JsonObject[],
): Promise<void> {
  const { send, path } = client
  const name = `${user}-role`
  const role = await send(`POST ${path(rbac, "roles")}`, { body: { metadata: { name }, rules } })
  expect(role.status).toBe(201)
  const body = {
    metadata: { name: `${user}-binding` },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: [{ kind: "User", name: user }],
  }
  expect((await send(`POST ${path(rbac, "rolebindings")}`, { body })).status).toBe(201)
}

function mayGet(client: HttpClient, user: string): Promise<HttpAnswer> {
  const { namespace } = client.world
  const resourceAttributes = { namespace, verb: "get", resource: "configmaps" }
  const body = { spec: { user, resourceAttributes } }
  return client.send(`POST ${reviews}/subjectaccessreviews`, { body })
}

/** How nobody is refused: as anonymous with a message, or, by a server that is told to, before anything is looked at. */
async function refusalOfNobody({ send }: HttpClient, message: string): Promise<object> {
  const { status } = await send("GET /api", { isNobody: true })
  return status === 401
    ? failure(401, "Unauthorized", "Unauthorized")
    : failure(403, "Forbidden", message)
}

/** Who may what, by spec/cluster §12 I. */
export const accessCases: readonly HttpCase[] = [
  {
    name: "153: nobody may read the version and nothing else; who lies is turned away",
    async run(client) {
      const { send, cm, world } = client
      const refused = await send(`GET ${cm}`, { isNobody: true })
      const message = `configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "${world.namespace}"`
      expect(refused).toMatchObject(await refusalOfNobody(client, message))
      for (const path of ["/version", "/readyz"])
        expect((await send(`GET ${path}`, { isNobody: true })).status, path).toBe(200)
      const headers = { authorization: "Bearer no-such-token" }
      const liar = await send("GET /version", { isNobody: true, headers })
      expect(liar).toMatchObject(failure(401, "Unauthorized", "Unauthorized"))
    },
  },
  {
    name: "154: a rule for a name is for that name alone",
    async run(client) {
      const { send, cm, make } = client
      await make("a")
      await make("b")
      const rule = { apiGroups: [""], resources: ["configmaps"], resourceNames: ["a"] }
      await grant(client, "named", [{ ...rule, verbs: ["get", "list", "create"] }])
      const named = as("named")
      expect((await send(`GET ${cm}/a`, named)).status).toBe(200)
      const other = await send(`GET ${cm}/b`, named)
      const message = 'configmaps "b" is forbidden: User "named" cannot get resource "configmaps"'
      expect(other).toMatchObject(failure(403, "Forbidden", message))
      expect((await send(`GET ${cm}`, named)).status).toBe(403)
      expect((await send(`GET ${cm}?fieldSelector=metadata.name%3Da`, named)).status).toBe(200)
      expect((await send(`GET ${cm}?fieldSelector=metadata.name%3Db`, named)).status).toBe(403)
      const made = await send(`POST ${cm}`, { ...named, body: mapNamed("a") })
      expect(made.status).toBe(403)
    },
  },
  {
    name: "155: reviews give reasons, roles are put together, and nobody gives what he does not have",
    async run(client) {
      const { send, path, world } = client
      const { namespace } = world
      const read = { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }
      const everything = { apiGroups: [rbac.split("/")[1] ?? ""], resources: ["*"] }
      await grant(client, "bob", [
        read,
        { ...everything, verbs: ["get", "create", "update", "patch"] },
      ])
      expect((await mayGet(client, "bob")).body.status).toEqual({
        allowed: true,
        reason: `RBAC: allowed by RoleBinding "bob-binding/${namespace}" of Role "bob-role" to User "bob"`,
      })
      const stranger = await mayGet(client, "stranger")
      expect(stranger).toMatchObject({ status: 201, body: { status: { allowed: false } } })
      const bob = as("bob")
      const rules = [{ ...read, verbs: ["get", "delete"] }]
      const body = { metadata: { name: "more" }, rules }
      const more = await send(`POST ${path(rbac, "roles")}`, { ...bob, body })
      const why = "is attempting to grant RBAC permissions not currently held"
      expect(more).toMatchObject(failure(403, "Forbidden", why))
      const same = { metadata: { name: "same" }, rules: [read] }
      expect((await send(`POST ${path(rbac, "roles")}`, { ...bob, body: same })).status).toBe(201)
      await send(`POST ${path(rbac, "roles")}`, { body })
      const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "more" }
      const binding = {
        metadata: { name: "more" },
        roleRef,
        subjects: [{ kind: "User", name: "bob" }],
      }
      const bound = await send(`POST ${path(rbac, "rolebindings")}`, { ...bob, body: binding })
      expect(bound).toMatchObject(failure(403, "Forbidden", why))
      const moved = await send(`PATCH ${path(rbac, "rolebindings")}/bob-binding`, {
        body: { roleRef: { name: "same" } },
        type: patchTypes.merge,
      })
      expect(moved).toMatchObject(failure(422, "Invalid", "cannot change roleRef"))
    },
  },
  {
    name: "155: an aggregated role has the rules of those that it picks",
    async run({ send, world }) {
      const roles = `/${rbac}/clusterroles`
      const suffix = world.namespace
      const pick = { [`pick-${suffix}`]: "1" }
      const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }]
      const whole = {
        metadata: { name: `whole-${suffix}` },
        rules: [],
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: pick }] },
      }
      await send(`POST ${roles}`, { body: whole })
      await send(`POST ${roles}`, {
        body: { metadata: { name: `part-${suffix}`, labels: pick }, rules },
      })
      await world.settle()
      expect((await send(`GET ${roles}/whole-${suffix}`)).body.rules).toEqual(rules)
      for (const name of ["whole", "part"]) await send(`DELETE ${roles}/${name}-${suffix}`)
    },
  },
  {
    name: "156: who may act as another is asked for each part of the other",
    async run(client) {
      const { send, cm } = client
      const whoami = "POST /apis/authentication.k8s.io/v1/selfsubjectreviews"
      const headers = {
        "impersonate-user": "jane",
        "impersonate-group": "dev",
        "impersonate-uid": "u1",
        "impersonate-extra-scopes": "view",
      }
      const jane = await send(whoami, { headers, body: {} })
      expect(jane).toMatchObject({
        status: 201,
        body: {
          status: {
            userInfo: {
              username: "jane",
              uid: "u1",
              groups: ["dev", "system:authenticated"],
              extra: { scopes: ["view"] },
            },
          },
        },
      })
      const account = "system:serviceaccount:n:a"
      const robot = await send(whoami, { headers: { "impersonate-user": account }, body: {} })
      expect(robot.body.status.userInfo.groups).toEqual(
        expect.arrayContaining(["system:serviceaccounts", "system:serviceaccounts:n"]),
      )
      const groupless = await send(`GET ${cm}`, { headers: { "impersonate-group": "dev" } })
      expect(groupless.status).toBe(500)
      const denied = await send(`GET ${cm}`, {
        isNobody: true,
        headers: { "impersonate-user": "jane" },
      })
      const message =
        'users "jane" is forbidden: User "system:anonymous" cannot impersonate resource "users"'
      expect(denied).toMatchObject(await refusalOfNobody(client, message))
    },
  },
  {
    name: "157: tokens live ten minutes at least, and are good where they are meant for",
    async run({ send, path, world }) {
      const accounts = path("api/v1", "serviceaccounts")
      await send(`POST ${accounts}`, { body: { metadata: { name: "robot" } } })
      const request = (spec: JsonObject): Promise<HttpAnswer> =>
        send(`POST ${accounts}/robot/token`, { body: { spec } })
      const short = await request({ expirationSeconds: 599 })
      const message = "may not specify a duration less than 10 minutes"
      expect(short).toMatchObject(failure(422, "Invalid", message))
      const token: string = (await request({ expirationSeconds: 600 })).body.status.token
      expect(token.split(".")).toHaveLength(3)
      const bearer = (value: string) => ({
        isNobody: true,
        headers: { authorization: `Bearer ${value}` },
      })
      const whoami = "POST /apis/authentication.k8s.io/v1/selfsubjectreviews"
      const self = await send(whoami, { ...bearer(token), body: {} })
      expect(self.body.status.userInfo).toMatchObject({
        username: `system:serviceaccount:${world.namespace}:robot`,
      })
      const elsewhere: string = (await request({ audiences: ["elsewhere"] })).body.status.token
      expect((await send(whoami, { ...bearer(elsewhere), body: {} })).status).toBe(401)
      const review = async (spec: JsonObject): Promise<HttpAnswer> =>
        send("POST /apis/authentication.k8s.io/v1/tokenreviews", { body: { spec } })
      const good = await review({ token: elsewhere, audiences: ["elsewhere"] })
      expect(good.body.status).toMatchObject({ authenticated: true, audiences: ["elsewhere"] })
      const bad = await review({ token: "nonsense" })
      expect(bad.status).toBe(201)
      expect(bad.body.status.authenticated ?? false).toBe(false)
      expect(bad.body.status.user ?? {}).toEqual({})
      await send(`DELETE ${accounts}/robot`)
      expect((await send(whoami, { ...bearer(token), body: {} })).status).toBe(401)
    },
  },
]
