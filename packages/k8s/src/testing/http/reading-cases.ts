import { expect } from "vitest"
import {
  causesOf,
  deploymentNamed,
  failure,
  type HttpCase,
  type HttpClient,
  type Loosest,
  patchTypes,
} from "./http-world.js"

const table = "application/json;as=Table;v=v1;g=meta.k8s.io"
const partial = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
const partialList = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"

async function versionOf({ send, cm }: HttpClient): Promise<string> {
  return (await send(`GET ${cm}?limit=1`)).body.metadata.resourceVersion
}

const namesOf = (answer: { readonly body: Loosest }): readonly string[] =>
  answer.body.items.map((item: Loosest) => item.metadata.name)

/** Lists and watches as HTTP answers them, by spec/cluster §12 F. */
export const readingCases: readonly HttpCase[] = [
  {
    name: "101, 103: pages, and tokens that are none, too old, or not alone",
    async run({ world, send, cm, make }) {
      const foreign = namesOf(await send(`GET ${cm}`)).length
      for (const name of ["a", "b", "c", "d", "e", "f", "g"]) await make(name)
      const first = await send(`GET ${cm}?limit=2`)
      expect(first.body.metadata.remainingItemCount).toBe(5 + foreign)
      const token: string = first.body.metadata.continue
      expect(JSON.parse(Buffer.from(token, "base64url").toString())).toMatchObject({
        v: "meta.k8s.io/v1",
        rv: Number(first.body.metadata.resourceVersion),
        start: "b\u0000",
      })
      const next = await send(`GET ${cm}?limit=2&continue=${token}`)
      expect(namesOf(next)).toEqual(["c", "d"])
      const both = await send(`GET ${cm}?continue=${token}&resourceVersion=1`)
      const message = "specifying resource version is not allowed when using continue"
      expect(both).toMatchObject(failure(400, "BadRequest", message))
      const garbage = await send(`GET ${cm}?continue=garbage`)
      expect(garbage).toMatchObject(failure(400, "BadRequest", "continue"))
      await world.forget()
      const old = Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"b\\u0000"}')
      const gone = await send(`GET ${cm}?limit=2&continue=${old.toString("base64url")}`)
      expect(gone).toMatchObject(failure(410, "Expired"))
      const fresh = await send(`GET ${cm}?continue=${gone.body.metadata.continue}`)
      expect(namesOf(fresh).filter((name) => name.length === 1)).toEqual(["c", "d", "e", "f", "g"])
      const odd = await send(`GET ${cm}?limit=x`)
      expect(odd).toMatchObject({ status: 400 })
      expect((await send(`GET ${cm}?limit=-1`)).body.items.length).toBeGreaterThanOrEqual(7)
    },
  },
  {
    name: "104: a version from the future is to be asked for again",
    async run({ send, cm, make }) {
      await make("a")
      for (const path of [cm, `${cm}/a`]) {
        const answer = await send(`GET ${path}?resourceVersion=99999999`)
        expect(answer).toMatchObject(
          failure(504, "Timeout", "Too large resource version: 99999999"),
        )
        expect(answer.body.details).toMatchObject({
          retryAfterSeconds: 1,
          causes: [{ reason: "ResourceVersionTooLarge" }],
        })
        expect(answer.headers.get("retry-after")).toBe("1")
      }
      const list = await send(`GET ${cm}?resourceVersion=x`)
      expect(list.status).toBe(500)
    },
  },
  {
    name: "105: how a version is meant is checked",
    async run({ send, cm }) {
      for (const query of [
        "resourceVersionMatch=Exact",
        "resourceVersionMatch=NotOlderThan",
        "resourceVersionMatch=Exact&resourceVersion=0",
        "resourceVersionMatch=Foo&resourceVersion=1",
      ])
        expect(await send(`GET ${cm}?${query}`), query).toMatchObject(failure(422, "Invalid"))
    },
  },
  {
    name: "106, 107: selectors in their own languages",
    async run({ send, cm, po, path, make }) {
      for (const [name, x] of [
        ["a", "1"],
        ["b", "22"],
        ["c", "x"],
      ] as const)
        await make(name, { metadata: { labels: { x, [name]: "" } } })
      const select = async (selector: string): Promise<readonly string[]> => {
        const query = encodeURIComponent(`${selector},!absent`)
        const found = namesOf(await send(`GET ${cm}?labelSelector=${query}`))
        return found.filter((name) => name.length === 1)
      }
      expect(await select("x in (1,22)")).toEqual(["a", "b"])
      expect(await select("x notin (1)")).toEqual(["b", "c"])
      expect(await select("x>5")).toEqual(["b"])
      expect(await select("x<5")).toEqual(["a"])
      expect(await select("x!=1,!b")).toEqual(["c"])
      expect(await select("x==1")).toEqual(["a"])
      expect(await select("y!=1,x")).toEqual(["a", "b", "c"])
      const bad = await send(`GET ${cm}?labelSelector=${encodeURIComponent("x in 1")}`)
      const message = "unable to parse requirement: found '1' expected: '('"
      expect(bad).toMatchObject(failure(400, "BadRequest", message))
      const field = (text: string): string => `fieldSelector=${encodeURIComponent(text)}`
      expect(namesOf(await send(`GET ${cm}?${field("metadata.name=b")}`))).toEqual(["b"])
      expect(namesOf(await send(`GET ${cm}?${field("metadata.name!=b")}`))).not.toContain("b")
      const unknown = await send(`GET ${cm}?${field("data.x=1")}`)
      const only =
        '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"'
      expect(unknown).toMatchObject(failure(400, "BadRequest", only))
      const pod = await send(`GET ${po}?${field("spec.x=1")}`)
      expect(pod).toMatchObject(failure(400, "BadRequest", "field label not supported: spec.x"))
      for (const [root, plural, selector] of [
        ["api/v1", "pods", "spec.nodeName=n,status.phase!=Failed,spec.restartPolicy=Always"],
        ["api/v1", "secrets", "type=Opaque"],
        ["api/v1", "services", "spec.type=ClusterIP,spec.clusterIP=None"],
        ["api/v1", "events", "involvedObject.kind=Pod,reason=Started,type=Normal"],
        ["apis/batch/v1", "jobs", "status.successful=0"],
      ] as const) {
        const answer = await send(`GET ${path(root, plural)}?${field(selector)}`)
        expect(answer.status, plural).toBe(200)
      }
      for (const [plural, selector] of [
        ["nodes", "spec.unschedulable=true"],
        ["namespaces", "status.phase=Active"],
      ])
        expect((await send(`GET /api/v1/${plural}?${field(selector ?? "")}`)).status).toBe(200)
    },
  },
  {
    name: "111: an object that stops matching a field selector goes as it was last seen",
    async run(client) {
      const { open, send, po } = client
      const selector = encodeURIComponent("status.phase!=Failed")
      const resourceVersion = await versionOf(client)
      const stream = await open(
        `${po}?watch=1&fieldSelector=${selector}&resourceVersion=${resourceVersion}`,
      )
      const spec = {
        containers: [{ name: "a", image: "app:1" }],
        schedulingGates: [{ name: "example.com/hold" }],
      }
      await send(`POST ${po}`, { body: { metadata: { name: "p" }, spec } })
      const body = { status: { phase: "Failed" } }
      const failed = await send(`PATCH ${po}/p/status`, { body, type: patchTypes.merge })
      let event: Loosest
      do event = await stream.next()
      while (event !== undefined && event.type !== "DELETED")
      expect(event).toMatchObject({
        type: "DELETED",
        object: {
          metadata: { name: "p", resourceVersion: failed.body.metadata.resourceVersion },
          status: { phase: "Pending" },
        },
      })
      stream.close()
    },
  },
  {
    name: "112: a watch of what is forgotten opens, says so and ends",
    async run({ world, open, cm }) {
      await world.forget()
      const stream = await open(`${cm}?watch=1&resourceVersion=1`)
      expect(stream.status).toBe(200)
      const message = expect.stringMatching(/^too old resource version: 1 \(\d+\)$/)
      expect(await stream.next()).toMatchObject({
        type: "ERROR",
        object: { kind: "Status", status: "Failure", reason: "Expired", code: 410, message },
      })
      expect(await stream.next()).toBeUndefined()
    },
  },
  {
    name: "113: a watch answers before it has anything to say, and ends in time",
    async run(client) {
      const resourceVersion = await versionOf(client)
      const path = `${client.cm}?watch=true&resourceVersion=${resourceVersion}&timeoutSeconds=1`
      const stream = await client.open(`${path}&fieldSelector=metadata.name%3Dnothing`)
      expect(stream).toMatchObject({ status: 200, type: "application/json" })
      expect(await stream.next()).toBeUndefined()
      const odd = await client.send(`GET ${client.cm}?watch=1&resourceVersion=x`)
      expect(odd.status).toBe(500)
    },
  },
  {
    name: "114: bookmarks come only to those who ask",
    async run(client) {
      const { open, cm, make } = client
      const resourceVersion = await versionOf(client)
      await make("a")
      const query = `${cm}?watch=1&resourceVersion=${resourceVersion}&timeoutSeconds=1`
      const events = async (path: string): Promise<Loosest[]> => {
        const stream = await open(path)
        const seen: Loosest[] = []
        for (let line = await stream.next(); line !== undefined; line = await stream.next())
          seen.push(line)
        return seen
      }
      const [asked, unasked] = await Promise.all([
        events(`${query}&allowWatchBookmarks=true`),
        events(query),
      ])
      expect(unasked.map(({ type }) => type)).toEqual(["ADDED"])
      expect(asked.slice(0, 1).map(({ type }) => type)).toEqual(["ADDED"])
      for (const mark of asked.slice(1)) {
        expect(mark).toMatchObject({
          type: "BOOKMARK",
          object: { kind: "ConfigMap", apiVersion: "v1" },
        })
        expect(Number(mark.object.metadata.resourceVersion)).toBeGreaterThanOrEqual(
          Number(asked[0].object.metadata.resourceVersion),
        )
      }
    },
  },
  {
    name: "115: initial events come with their end; half of the question is refused",
    async run({ open, send, cm, make }) {
      await make("a")
      const ask = `${cm}?watch=1&allowWatchBookmarks=1&sendInitialEvents=true`
      const stream = await open(`${ask}&resourceVersionMatch=NotOlderThan`)
      let line = await stream.next()
      const seen: string[] = []
      while (line.type === "ADDED") {
        seen.push(line.object.metadata.name)
        line = await stream.next()
      }
      expect(seen).toContain("a")
      expect(line).toMatchObject({
        type: "BOOKMARK",
        object: { metadata: { annotations: { "k8s.io/initial-events-end": "true" } } },
      })
      await make("b")
      expect(await stream.next()).toMatchObject({
        type: "ADDED",
        object: { metadata: { name: "b" } },
      })
      stream.close()
      for (const path of [ask, `${cm}?watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=1`])
        expect(await send(`GET ${path}`)).toMatchObject(failure(422, "Invalid"))
    },
  },
  {
    name: "116: an item is read, whatever is said of watching; the old form of watches works",
    async run({ send, open, cm, path, make }) {
      const { metadata } = await make("a")
      const item = await send(`GET ${cm}/a?watch=1`)
      expect(item).toMatchObject({ status: 200, body: { metadata: { name: "a" } } })
      await make("b")
      const old = path("api/v1/watch", "configmaps")
      const from = `resourceVersion=${Number(metadata.resourceVersion) - 1}`
      const stream = await open(`${old}/b?${from}`)
      expect(await stream.next()).toMatchObject({
        type: "ADDED",
        object: { metadata: { name: "b" } },
      })
      stream.close()
    },
  },
  {
    name: "117, 119: tables of lists, of nothing, and of what is absent",
    async run({ send, cm, path, make }) {
      await make("a", { data: { k: "v" } })
      const accept = `${table},application/json`
      const one = await send(`GET ${cm}/a`, { accept })
      expect(one.type).toBe("application/json")
      expect(one.body).toMatchObject({
        kind: "Table",
        apiVersion: "meta.k8s.io/v1",
        columnDefinitions: [{ name: "Name", type: "string" }, { name: "Data" }, { name: "Age" }],
        rows: [
          {
            cells: ["a", expect.anything(), expect.any(String)],
            object: { kind: "PartialObjectMetadata", metadata: { name: "a" } },
          },
        ],
      })
      const object = await send(`GET ${cm}/a?includeObject=Object`, { accept })
      expect(object.body.rows[0].object).toMatchObject({ kind: "ConfigMap", data: { k: "v" } })
      const none = await send(`GET ${cm}/a?includeObject=None`, { accept })
      expect(none.body.rows[0].object).toBeNull()
      expect(await send(`GET ${cm}/a?includeObject=Foo`, { accept })).toMatchObject({ status: 400 })
      const empty = await send(`GET ${path("api/v1", "services")}`, { accept })
      expect(empty.body).toMatchObject({ kind: "Table", rows: [] })
      expect(empty.body.columnDefinitions.length).toBeGreaterThan(5)
      const absent = await send(`GET ${cm}/absent`, { accept })
      expect(absent).toMatchObject(failure(404, "NotFound"))
    },
  },
  {
    name: "118: a watch of tables tells the columns once",
    async run(client) {
      const { open, cm, make } = client
      const resourceVersion = await versionOf(client)
      await make("a")
      await make("b")
      const path = `${cm}?watch=1&resourceVersion=${resourceVersion}`
      const stream = await open(path, { accept: table })
      const [first, second] = [await stream.next(), await stream.next()]
      expect(first).toMatchObject({ type: "ADDED", object: { kind: "Table", rows: [{}] } })
      expect(first.object.columnDefinitions).toHaveLength(3)
      expect(second.object).toMatchObject({ kind: "Table", columnDefinitions: null, rows: [{}] })
      stream.close()
    },
  },
  {
    name: "120: metadata alone, of one, of many and as it changes",
    async run(client) {
      const { send, open, cm, make } = client
      const resourceVersion = await versionOf(client)
      await make("a", { data: { k: "v" } })
      const one = await send(`GET ${cm}/a`, { accept: partial })
      expect(one.body).toMatchObject({ kind: "PartialObjectMetadata", metadata: { name: "a" } })
      expect(one.body).not.toHaveProperty("data")
      const many = await send(`GET ${cm}`, { accept: partialList })
      expect(many.body.kind).toBe("PartialObjectMetadataList")
      const stream = await open(`${cm}?watch=1&resourceVersion=${resourceVersion}`, {
        accept: partial,
      })
      expect(await stream.next()).toMatchObject({
        type: "ADDED",
        object: { kind: "PartialObjectMetadata", metadata: { name: "a" } },
      })
      stream.close()
      expect((await send(`GET ${cm}`, { accept: partial })).status).toBe(406)
      expect((await send(`GET ${cm}/a`, { accept: partialList })).status).toBe(406)
    },
  },
  {
    name: "121: items of a list have no kind, objects of a watch have one",
    async run(client) {
      const { send, open, dp } = client
      const resourceVersion = await versionOf(client)
      await send(`POST ${dp}`, { body: deploymentNamed("d") })
      const list = await send(`GET ${dp}`)
      expect(Object.keys(list.body)).toEqual(["kind", "apiVersion", "metadata", "items"])
      expect(list.body.items[0]).not.toHaveProperty("kind")
      expect(list.body.items[0]).not.toHaveProperty("apiVersion")
      const stream = await open(`${dp}?watch=1&resourceVersion=${resourceVersion}`)
      expect(await stream.next()).toMatchObject({
        type: "ADDED",
        object: { kind: "Deployment", apiVersion: "apps/v1" },
      })
      stream.close()
      expect(causesOf(list)).toEqual([])
    },
  },
]
