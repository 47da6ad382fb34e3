import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { epochMs } from "@argo-ts/kernel"
import { afterAll, describe, expect, test } from "vitest"
import { functionExecutor, type NodeStatus, runWorkflow, type StatusChange } from "../src/index.js"
import { packStatus, unpackStatus } from "../src/kubernetes/index.js"
import { type PostgresConnection, postgresOffload, postgresStore } from "../src/postgres/index.js"
import { workflowFixture } from "../src/testing/index.js"
import { crashRun, crashWorkflow } from "./crash.js"
import { startServer } from "./postgres-server.js"

const server = await startServer()
afterAll(() => server.stop())

const title =
  server.connection === undefined ? `PostgreSQL (skipped: ${server.reason})` : "PostgreSQL"
const connection = server.connection as PostgresConnection

function added(name: string): StatusChange & { readonly type: "NodeAdded" } {
  const node: NodeStatus = { id: name, name, displayName: name, type: "Pod", phase: "Running" }
  return { type: "NodeAdded", node }
}

describe.skipIf(server.connection === undefined)(title, () => {
  test("comes back as it was", async () => {
    const workflow = { ...workflowFixture({ a: [], b: ["a"] }), metadata: { name: "again" } }
    const calls: string[] = []
    const work = ({ task }: { task: { nodeName: string } }): void => void calls.push(task.nodeName)
    for (let life = 0; life < 2; life++) {
      const store = await postgresStore({ connection })
      const executors = [functionExecutor({ a: work, b: work })]
      const { status } = await runWorkflow(workflow, { executors, store })
      expect(status?.phase).toBe("Succeeded")
      expect(Object.keys(status?.nodes ?? {})).toHaveLength(3)
      await store.close()
    }
    expect(calls).toEqual(["again.a", "again.b"])
  })

  test("a second writer of one run is refused by name; another run is free", async () => {
    const first = await postgresStore({ connection, writer: "the first" })
    const second = await postgresStore({ connection, writer: "the second" })
    const workflow = workflowFixture({ a: [] })
    await first.snapshot("default/one", workflow)
    await expect(second.load("default/one")).rejects.toMatchObject({
      code: "RunIsOpen",
      message: 'the run "default/one" is open in the first',
    })
    await second.snapshot("default/two", workflow)
    await first.close()
    expect(await second.load("default/one")).toBeDefined()
    await second.close()
  })

  test("a writer that lost its run unawares is refused by the database", async () => {
    const first = await postgresStore({ connection })
    await first.snapshot("default/lost", workflowFixture({ a: [] }))
    const { connect } = await import("../src/postgres/client.js")
    const admin = await connect(connection)
    await admin.query(`update argo_ts.runs set epoch = epoch + 1 where key = 'default/lost'`)
    await admin.end()
    await expect(first.append("default/lost", [added("a")])).rejects.toMatchObject({
      code: "RunIsTaken",
    })
    await first.close()
  })

  test("a deletion that the database refuses leaves the run free for others", async () => {
    const first = await postgresStore({ connection, schema: "kept" })
    await first.snapshot("default/kept", workflowFixture({ a: [] }))
    await first.release("default/kept")
    const { connect } = await import("../src/postgres/client.js")
    const admin = await connect(connection)
    await admin.query(
      `create function kept.refuse() returns trigger language plpgsql as $$ begin raise 'not this one'; end $$`,
    )
    await admin.query(
      `create trigger refuse before delete on kept.runs for each row execute function kept.refuse()`,
    )
    await admin.end()
    await expect(first.remove("default/kept")).rejects.toThrow("not this one")
    const second = await postgresStore({ connection, schema: "kept" })
    expect(await second.load("default/kept")).toBeDefined()
    await second.close()
    await first.close()
  })

  test("many transitions, compacted, in names of any kind", async () => {
    const store = await postgresStore({ connection, schema: "other" })
    const key = 'default/\'; drop table "runs"; --'
    await store.snapshot(key, workflowFixture({ a: [] }))
    for (let index = 0; index < 1203; index++) await store.append(key, [added(`n${index}`)])
    const before = await store.load(key)
    await store.compact(key)
    expect(await store.load(key)).toEqual(before)
    await store.append(key, [added("later")])
    expect((await store.load(key))?.workflow.status?.nodes).toHaveProperty("later")
    expect(await store.keys()).toEqual([key])
    await store.close()
    await expect(postgresStore({ connection, schema: 'x"; --' })).rejects.toMatchObject({
      code: "InvalidValue",
    })
  })

  test("nodes that no object holds: kept by version, replaced after a while, gone with their workflow", async () => {
    const offload = await postgresOffload({ connection, keepMs: 0 })
    const other = await postgresOffload({ connection, clusterName: "other" })
    const nodes: { [id: string]: NodeStatus } = {}
    for (let index = 0; index < 1203; index++) {
      const id = `n'${index}`
      nodes[id] = { id, name: id, displayName: id, type: "Pod", phase: "Succeeded" }
    }
    await offload.save("u", "fnv:1", nodes)
    await offload.save("u", "fnv:1", nodes)
    expect(await offload.load("u", "fnv:1")).toEqual(nodes)
    expect(await other.load("u", "fnv:1")).toBeUndefined()
    await offload.save("u", "fnv:2", {})
    expect(await offload.load("u", "fnv:2")).toEqual({})
    await other.save("u", "fnv:1", nodes)
    await other.prune("u", "fnv:9")
    await offload.prune("u", "fnv:2")
    expect(await offload.load("u", "fnv:1")).toBeUndefined()
    expect(await other.load("u", "fnv:1")).toEqual(nodes)
    await offload.prune("u")
    expect(await offload.load("u", "fnv:2")).toBeUndefined()
    await Promise.all([offload.close(), other.close()])
  })

  test("a controller keeps large workflows in it, and reads them back", async () => {
    const offload = await postgresOffload({ connection, schema: "large" })
    const status = { phase: "Running" as const, nodes: { wf: added("wf").node } }
    const packed = await packStatus(status as never, { bytesMax: 10, offload, uid: "large" })
    expect(packed.nodes).toBeUndefined()
    expect(packed.offloadNodeStatusVersion).toMatch(/^fnv:/)
    expect(await unpackStatus(packed, { offload, uid: "large" })).toEqual(status)
    await offload.close()
  })

  test("an archive lets go of what it took, and forgets it after a while; a run is not an archived one", async () => {
    const store = await postgresStore({ connection, schema: "archive" })
    const ended = workflowFixture({ a: [] })
    const finishedAt = "2026-01-01T00:00:00Z"
    await store.snapshot("team/ended/1", { ...ended, status: { phase: "Failed", finishedAt } })
    await store.snapshot("team/runs", ended)
    await store.release("team/ended/1")
    const reader = await postgresStore({ connection, schema: "archive" })
    expect((await reader.load("team/ended/1"))?.workflow.status?.phase).toBe("Failed")
    await expect(reader.load("team/runs")).rejects.toMatchObject({ code: "RunIsOpen" })
    expect(await store.prune(epochMs(0))).toBe(0)
    expect(await store.prune(epochMs(Date.now() + 60_000))).toBe(1)
    expect(await store.keys()).toEqual(["team/runs"])
    await Promise.all([store.close(), reader.close()])
  })

  test("killed at random instants, nothing recorded runs again and nothing is lost", async () => {
    const runs = Number(process.env["ARGO_TS_CRASHES"] ?? 4) / 2
    for (let seed = 0; seed < runs; seed++) {
      const directory = mkdtempSync(join(tmpdir(), "argo-ts-crash-"))
      const log = await crashRun({
        kind: "postgres",
        place: JSON.stringify(connection),
        log: join(directory, "log"),
        workflow: crashWorkflow(`crash-${seed}`),
        kills: 2,
        seed,
      })
      rmSync(directory, { recursive: true, force: true })
      expect(log).toMatchObject({ repeated: [], succeeded: 48, phase: "Succeeded" })
      expect(log.kills).toBeGreaterThan(0)
    }
  }, 1_800_000)
})
