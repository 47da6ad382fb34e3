import { expect } from "vitest"
import {
  causesOf,
  deploymentNamed,
  failure,
  type HttpCase,
  mapNamed,
  patchTypes,
} from "./http-world.js"

/** A body with a field that there is not, and one that is there twice. */
const odd = (name: string): string =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}","name":"${name}"},"Data":{},"data":{"a":"1"},"odd":1}`

const options = { type: patchTypes.merge }

/** Writes as HTTP answers them, by spec/cluster §12 B and C. */
export const writingCases: readonly HttpCase[] = [
  {
    name: "21, 22, 23: creating answers 201, 500 where a version is given, 409 the second time",
    async run({ send, cm, make }) {
      const metadata = { uid: "mine", creationTimestamp: "2001-01-01T00:00:00Z" }
      const made = await make("a", {
        metadata: { ...metadata, deletionTimestamp: "2001-01-01T00:00:00Z" },
      })
      expect(made.metadata.uid).not.toBe("mine")
      expect(made.metadata.deletionTimestamp).toBeUndefined()
      expect(made.metadata.creationTimestamp).toMatch(/^(?!2001).*T\d\d:\d\d:\d\dZ$/)
      const versioned = mapNamed("b", { metadata: { resourceVersion: "1" } })
      const refused = await send(`POST ${cm}`, { body: versioned })
      expect(refused).toMatchObject({
        status: 500,
        body: { message: "resourceVersion should not be set on objects to be created" },
      })
      expect(refused.body.reason).toBeUndefined()
      const again = await send(`POST ${cm}`, { body: mapNamed("a") })
      expect(again).toMatchObject(failure(409, "AlreadyExists", 'configmaps "a" already exists'))
    },
  },
  {
    name: "26, 27: replacing needs a version where the kind says so, and creates where it may",
    async run({ send, cm, path }) {
      const absent = await send(`PUT ${cm}/x`, { body: mapNamed("x") })
      expect(absent).toMatchObject(failure(404, "NotFound"))
      const leases = path("apis/coordination.k8s.io/v1", "leases")
      const lease = { metadata: { name: "l" }, spec: { holderIdentity: "me" } }
      expect(await send(`PUT ${leases}/l`, { body: lease })).toMatchObject({ status: 201 })
      const blind = await send(`PUT ${leases}/l`, { body: lease })
      expect(blind).toMatchObject(failure(422, "Invalid", "must be specified for an update"))
      const roles = path("apis/rbac.authorization.k8s.io/v1", "roles")
      const role = { metadata: { name: "r" }, rules: [] }
      expect(await send(`PUT ${roles}/r`, { body: role })).toMatchObject({ status: 201 })
      expect(await send(`PUT ${roles}/r`, { body: role })).toMatchObject({ status: 200 })
    },
  },
  {
    name: "32: a patch cannot rename, nor move to another namespace",
    async run({ send, cm, make }) {
      await make("a")
      const body = { metadata: { name: "b" } }
      const renamed = await send(`PATCH ${cm}/a`, { body, ...options })
      const message = "the name of the object (b) does not match the name on the URL (a)"
      expect(renamed).toMatchObject(failure(400, "BadRequest", message))
      const moved = { metadata: { namespace: "elsewhere" } }
      const refused = await send(`PATCH ${cm}/a`, { body: moved, ...options })
      expect(refused).toMatchObject(failure(400, "BadRequest", "does not match the namespace"))
    },
  },
  {
    name: "41: a dry run is All or nothing",
    async run({ send, cm }) {
      const dry = await send(`POST ${cm}?dryRun=All`, { body: mapNamed("a") })
      expect(dry.status).toBe(201)
      expect(dry.body.metadata.uid).toBeDefined()
      expect(dry.body.metadata.resourceVersion).toBeUndefined()
      expect(await send(`GET ${cm}/a`)).toMatchObject({ status: 404 })
      const refused = await send(`POST ${cm}?dryRun=foo`, { body: mapNamed("a") })
      expect(refused).toMatchObject(failure(422, "Invalid", "CreateOptions.meta.k8s.io"))
      expect(causesOf(refused)).toEqual(["dryRun: FieldValueNotSupported"])
    },
  },
  {
    name: "42: unknown and repeated fields are refused, warned of or ignored",
    async run({ send, cm }) {
      const strict = await send(`POST ${cm}?fieldValidation=Strict`, { body: odd("a") })
      expect(strict).toMatchObject(failure(400, "BadRequest", "strict decoding error: "))
      for (const text of [
        'unknown field "Data"',
        'unknown field "odd"',
        'duplicate field "metadata.name"',
      ])
        expect(strict.body.message).toContain(text)
      for (const [name, query] of [
        ["b", "?fieldValidation=Warn"],
        ["c", ""],
      ] as const) {
        const warned = await send(`POST ${cm}${query}`, { body: odd(name) })
        expect(warned).toMatchObject({ status: 201, body: { data: { a: "1" } } })
        expect(warned.body).not.toHaveProperty("odd")
        expect(warned.warnings.toSorted()).toEqual([
          'duplicate field "metadata.name"',
          'unknown field "Data"',
          'unknown field "odd"',
        ])
      }
      const ignored = await send(`POST ${cm}?fieldValidation=Ignore`, { body: odd("d") })
      expect(ignored).toMatchObject({ status: 201, warnings: [] })
      const foo = await send(`POST ${cm}?fieldValidation=Foo`, { body: odd("e") })
      expect(foo).toMatchObject(failure(422, "Invalid"))
      expect(causesOf(foo)).toEqual(["fieldValidation: FieldValueNotSupported"])
    },
  },
  {
    name: "43: a field manager has at most 128 bytes; by default it is the client's name",
    async run({ send, cm }) {
      const long = await send(`POST ${cm}?fieldManager=${"x".repeat(200)}`, { body: mapNamed("a") })
      expect(long).toMatchObject(failure(422, "Invalid"))
      expect(causesOf(long)).toEqual(["fieldManager: FieldValueTooLong"])
      const headers = { "user-agent": "mytool/1.2 (linux)" }
      const named = await send(`POST ${cm}`, { body: mapNamed("b", { data: { a: "1" } }), headers })
      expect(named.body.metadata.managedFields).toMatchObject([{ manager: "mytool" }])
      const body = mapNamed("c", { data: { a: "1" } })
      const nobody = await send(`POST ${cm}`, { body, headers: { "user-agent": "" } })
      expect(nobody.body.metadata.managedFields).toMatchObject([{ manager: "unknown" }])
    },
  },
  {
    name: "46: secrets carry base64, keep their type and have what it asks for",
    async run({ send, path }) {
      const secrets = path("api/v1", "secrets")
      const bad = await send(`POST ${secrets}`, {
        body: { metadata: { name: "a" }, data: { a: "no base64!" } },
      })
      expect(bad).toMatchObject(failure(400, "BadRequest", "illegal base64 data"))
      const tls = { metadata: { name: "b" }, type: "kubernetes.io/tls" }
      const keyless = await send(`POST ${secrets}`, { body: tls })
      expect(keyless).toMatchObject(failure(422, "Invalid"))
      expect(causesOf(keyless)).toEqual([
        "data[tls.crt]: FieldValueRequired",
        "data[tls.key]: FieldValueRequired",
      ])
      await send(`POST ${secrets}`, { body: { metadata: { name: "c" } } })
      const retyped = await send(`PATCH ${secrets}/c`, {
        body: { type: "example.com/t" },
        ...options,
      })
      expect(retyped).toMatchObject(failure(422, "Invalid", "field is immutable"))
    },
  },
  {
    name: "50, 51: what is deleted answers a Status or itself, and is absent then",
    async run({ send, cm, po, make }) {
      const { uid } = (await make("a")).metadata
      const gone = await send(`DELETE ${cm}/a`)
      expect(gone).toMatchObject({
        status: 200,
        body: {
          kind: "Status",
          status: "Success",
          details: { name: "a", kind: "configmaps", uid },
        },
      })
      expect(await send(`DELETE ${cm}/a`)).toMatchObject(failure(404, "NotFound"))
      const spec = {
        containers: [{ name: "a", image: "app:1" }],
        schedulingGates: [{ name: "example.com/hold" }],
      }
      await send(`POST ${po}`, { body: { metadata: { name: "p" }, spec } })
      const pod = await send(`DELETE ${po}/p`)
      expect(pod).toMatchObject({ status: 200, body: { kind: "Pod", metadata: { name: "p" } } })
    },
  },
  {
    name: "52, 53: preconditions are met or a conflict; policies are known and not said twice",
    async run({ send, cm, make }) {
      await make("a")
      const uid = await send(`DELETE ${cm}/a`, { body: { preconditions: { uid: "x" } } })
      expect(uid).toMatchObject(
        failure(409, "Conflict", 'on ConfigMap "a": the UID in the precond'),
      )
      const resourceVersion = await send(`DELETE ${cm}/a`, {
        body: { preconditions: { resourceVersion: "1" } },
      })
      const message = "the ResourceVersion in the precondition (1) does not match"
      expect(resourceVersion).toMatchObject(failure(409, "Conflict", message))
      const foo = await send(`DELETE ${cm}/a?propagationPolicy=Foo`)
      expect(foo).toMatchObject(failure(422, "Invalid", '"Foreground", "Background", "Orphan"'))
      const both = { propagationPolicy: "Orphan", orphanDependents: true }
      expect(await send(`DELETE ${cm}/a`, { body: both })).toMatchObject(failure(422, "Invalid"))
      expect(await send(`GET ${cm}/a`)).toMatchObject({ status: 200 })
    },
  },
  {
    name: "54, 56: an object that is held answers itself; its last holder gets 200 and the old version",
    async run({ send, cm, make }) {
      await make("a", { metadata: { finalizers: ["example.com/f"] }, data: { k: "v" } })
      const going = await send(`DELETE ${cm}/a`)
      expect(going).toMatchObject({
        status: 200,
        body: { kind: "ConfigMap", metadata: { deletionGracePeriodSeconds: 0 } },
      })
      expect(going.body.metadata.deletionTimestamp).toBeDefined()
      const { resourceVersion } = going.body.metadata
      const again = await send(`DELETE ${cm}/a`)
      expect(again.body.metadata.resourceVersion).toBe(resourceVersion)
      const body = { metadata: { finalizers: null }, data: { k: "lost" } }
      const last = await send(`PATCH ${cm}/a`, { body, ...options })
      expect(last).toMatchObject({ status: 200, body: { metadata: { resourceVersion } } })
      expect(await send(`GET ${cm}/a`)).toMatchObject({ status: 404 })
    },
  },
  {
    name: "a collection is deleted item by item, and answered as it was",
    async run({ send, cm, make }) {
      await make("a", { metadata: { labels: { x: "1" } } })
      await make("b", { metadata: { labels: { x: "2" } } })
      const answer = await send(`DELETE ${cm}?labelSelector=x%3D1`)
      expect(answer).toMatchObject({
        status: 200,
        body: { kind: "ConfigMapList", items: [{ metadata: { name: "a" } }] },
      })
      expect(await send(`GET ${cm}/a`)).toMatchObject({ status: 404 })
      expect(await send(`GET ${cm}/b`)).toMatchObject({ status: 200 })
      expect(await send("DELETE /api/v1/namespaces")).toMatchObject(
        failure(405, "MethodNotAllowed"),
      )
    },
  },
  {
    name: "65: a Job that is deleted without a policy warns of its pods",
    async run({ send, path }) {
      const jobs = path("apis/batch/v1", "jobs")
      const template = {
        spec: { restartPolicy: "Never", containers: [{ name: "a", image: "app:1" }] },
      }
      const job = (name: string): object => ({
        metadata: { name },
        spec: { suspend: true, template },
      })
      for (const name of ["a", "b"]) await send(`POST ${jobs}`, { body: job(name) })
      expect((await send(`DELETE ${jobs}/a`)).warnings).toEqual([
        "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
      ])
      expect((await send(`DELETE ${jobs}/b?propagationPolicy=Background`)).warnings).toEqual([])
    },
  },
  {
    name: "68, 74, 75, 76, 77: an apply says who, what and which version, and nothing that is not declared",
    async run({ send, cm, dp }) {
      const type = patchTypes.apply
      const apply = (query: string, body: object) => send(`PATCH ${cm}/a${query}`, { body, type })
      const nobody = await apply("", mapNamed("a"))
      expect(nobody).toMatchObject(failure(422, "Invalid", "is required for apply patch"))
      expect(causesOf(nobody)).toEqual(["fieldManager: FieldValueRequired"])
      const managed = mapNamed("a", { metadata: { managedFields: [{ manager: "x" }] } })
      const refused = await apply("?fieldManager=A", managed)
      expect(refused).toMatchObject(
        failure(400, "BadRequest", "metadata.managedFields must be nil"),
      )
      const uid = await apply("?fieldManager=A", mapNamed("a", { metadata: { uid: "x" } }))
      expect(uid).toMatchObject(failure(409, "Conflict", "uid mismatch"))
      const versioned = mapNamed("a", { metadata: { resourceVersion: "7" } })
      expect(await apply("?fieldManager=A", versioned)).toMatchObject({ status: 201 })
      const stale = await apply("?fieldManager=A", versioned)
      expect(stale).toMatchObject(failure(409, "Conflict", "the object has been modified"))
      const named = await apply("?fieldManager=A", mapNamed("b"))
      expect(named).toMatchObject(failure(400, "BadRequest", "does not match the name on the URL"))
      const bare = await apply("?fieldManager=A", { kind: "ConfigMap", metadata: { name: "a" } })
      expect(bare).toMatchObject({ status: 400 })
      const odd = await apply("?fieldManager=A&fieldValidation=Ignore", mapNamed("a", { odd: 1 }))
      expect(odd.status).toBe(500)
      expect(odd.body.message).toContain(".odd: field not declared in schema")
      const base = deploymentNamed("d") as {
        spec: { template: { spec: { containers: object[] } } }
      }
      base.spec.template.spec.containers.push({ name: "a", image: "b:1" })
      const twice = await send(`PATCH ${dp}/d?fieldManager=A`, { body: base, type })
      expect(twice.status).toBe(500)
      expect(twice.body.message).toContain('duplicate entries for key [name="a"]')
      const forced = await send(`PATCH ${cm}/a?force=true`, { body: {}, ...options })
      expect(forced).toMatchObject(failure(422, "Invalid"))
      expect(causesOf(forced)).toEqual(["force: FieldValueForbidden"])
    },
  },
  {
    name: "88, 90: a patch has the form of its language and leads to an object of the kind",
    async run({ send, cm, make }) {
      await make("a", { data: { k: "v" } })
      const object = await send(`PATCH ${cm}/a`, { body: { op: "test" }, type: patchTypes.json })
      expect(object).toMatchObject(failure(400, "BadRequest"))
      const list = await send(`PATCH ${cm}/a`, { body: [], type: patchTypes.merge })
      expect(list).toMatchObject(failure(400, "BadRequest"))
      for (const body of [{ kind: "Secret" }, { data: { k: 1 } }, { data: "text" }]) {
        const answer = await send(`PATCH ${cm}/a`, { body, type: patchTypes.merge })
        expect(answer).toMatchObject(
          failure(422, "Invalid", ' "" is invalid: patch: Invalid value'),
        )
      }
    },
  },
  {
    name: "89: a field that a patch makes up is warned of and goes",
    async run({ send, cm, make }) {
      await make("a")
      const answer = await send(`PATCH ${cm}/a`, { body: { odd: 1 }, ...options })
      expect(answer).toMatchObject({ status: 200, warnings: ['unknown field "odd"'] })
      expect(answer.body).not.toHaveProperty("odd")
    },
  },
]
