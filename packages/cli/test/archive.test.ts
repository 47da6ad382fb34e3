import { describe, expect, test } from "vitest"
import { main } from "../src/index.js"
import { argo, directoryWith } from "./harness.js"
import { archiveIn, hour, past, storeWith } from "./past-runs.js"

const store = ["--store", "runs"]
const archived = {
  old: { createdAgoMs: 50 * hour, endedAgoMs: 49 * hour, labels: { team: "shop", tier: "a" } },
  lost: { phase: "Failed", createdAgoMs: 3 * hour, endedAgoMs: 2 * hour, labels: { team: "bank" } },
}

async function withArchive(): Promise<string> {
  const directory = await storeWith({ fresh: past.fresh })
  await archiveIn(directory, archived)
  return directory
}

describe("an archive beside runs", () => {
  test("shows what ended there, the newest first; runs are no part of it, nor it of them", async () => {
    const directory = await withArchive()
    const list = async (...flags: readonly string[]): Promise<string> =>
      (await argo(directory, "archive", "list", ...store, "-o", "name", ...flags)).out
    expect(await list()).toBe("uid-lost\nuid-old\n")
    expect(await list("-l", "team=shop")).toBe("uid-old\n")
    expect(await list("--status", "failed")).toBe("uid-lost\n")
    expect(await list("--older", "1d")).toBe("uid-old\n")
    const table = await argo(directory, "archive", "list", ...store)
    expect(table.out).toMatch(/^NAME +UID +STATUS .*\ndefault\/lost +uid-lost +Failed /)
    const runs = await argo(directory, "list", ...store, "-o", "name")
    expect(runs.out).toBe("default/fresh\n")
    await argo(directory, "delete", "--all", ...store)
    expect(await list()).toBe("uid-lost\nuid-old\n")
  })

  test("gives one by its uid, and says which labels there are", async () => {
    const directory = await withArchive()
    const { out } = await argo(directory, "archive", "get", "uid-lost", ...store, "-o", "json")
    expect(JSON.parse(out)).toMatchObject({
      metadata: { uid: "uid-lost" },
      status: { phase: "Failed" },
    })
    expect((await argo(directory, "archive", "list-label-keys", ...store)).out).toBe("team\ntier\n")
    const values = ["archive", "list-label-values", ...store, "-o", "json"]
    expect((await argo(directory, ...values, "-l", "team")).out).toBe(
      '{"values":["bank","shop"]}\n',
    )
    expect((await argo(directory, ...values, "-l", "__proto__")).out).toBe('{"values":[]}\n')
    const without = await argo(directory, "archive", "list-label-values", ...store)
    expect(without).toMatchObject({ code: 2 })
    const gone = await argo(directory, "archive", "get", "lost", ...store)
    expect(gone).toMatchObject({
      code: 1,
      err: 'argo-ts: expected the uid of an archived workflow (archive list tells them), found "lost"\n',
    })
  })

  test("forgets some, all or none of them", async () => {
    const directory = await withArchive()
    const remove = ["archive", "delete", ...store, "uid-old"]
    expect((await argo(directory, ...remove, "uid-gone")).code).toBe(1)
    expect(await argo(directory, ...remove)).toMatchObject({
      code: 0,
      out: "Archived workflow 'uid-old' deleted\n",
    })
    const { out } = await argo(directory, "archive", "list", ...store, "-o", "json")
    const left = (JSON.parse(out) as { archived: readonly { uid: string }[] }).archived
    expect(left.map(({ uid }) => uid)).toEqual(["uid-lost"])
  })

  test("is run again here, as a run of the store, which must not be there yet", async () => {
    const directory = await withArchive()
    const how = [...store, "--executor", "simulate", "-o", "json"]
    const again = await argo(directory, "archive", "retry", "uid-lost", ...how)
    expect(again.code).toBe(0)
    expect(JSON.parse(again.out)).toMatchObject({
      metadata: { name: "lost", uid: "uid-lost" },
      status: { phase: "Succeeded" },
    })
    expect(
      await argo(directory, "archive", "get", "uid-lost", ...store, "-o", "json"),
    ).toMatchObject({
      out: expect.stringContaining('"Failed"') as string,
    })
    const twice = await argo(directory, "archive", "retry", "uid-lost", ...how)
    expect(twice.code).toBe(1)
    expect(twice.out).toContain("RunExists")
    expect((await argo(directory, "archive", "retry", "uid-old", ...how)).out).toContain(
      "NotRetryable",
    )
    const named = [...how.slice(0, -1), "name", "--name", "anew"]
    expect(await argo(directory, "archive", "resubmit", "uid-old", ...named)).toMatchObject({
      code: 0,
      out: "anew\n",
    })
  })
})

test("argo-ts up gives workflows what they do not say, and fills an archive, which stays", async () => {
  const workflow = `apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: { name: brief, namespace: shop }
spec:
  entrypoint: main
  templates: [{ name: main, container: { image: x, command: [echo], args: [short] } }]
`
  const directory = directoryWith({
    "brief.yaml": workflow,
    "defaults.yaml": "metadata: { labels: { team: shop } }\nspec: { priority: 7 }\n",
  })
  const up = ["up", "-f", "brief.yaml", "--archive", "kept"]
  expect(await argo(directory, ...up, "--workflow-defaults", "brief.yaml")).toMatchObject({
    code: 2,
    err: 'argo-ts: --workflow-defaults: expected metadata and spec in brief.yaml, found "apiVersion"\n',
  })
  const interrupt = new AbortController()
  const cluster = main([...up, "--workflow-defaults", "defaults.yaml"], {
    out: () => {},
    err: () => {},
    isTty: false,
    columns: 80,
    cwd: directory,
    env: process.env,
    signal: interrupt.signal,
  })
  const list = ["archive", "list", "--store", "kept", "-o", "json"]
  let found = ""
  while (!found.includes("shop/brief")) {
    found = (await argo(directory, ...list)).out
    await new Promise((resolve) => setImmediate(resolve))
  }
  interrupt.abort()
  expect(await cluster).toBe(0)
  const { archived: rows } = JSON.parse(found) as { archived: readonly { uid: string }[] }
  const uid = rows[0]?.uid ?? ""
  expect(rows).toMatchObject([{ name: "shop/brief", phase: "Succeeded" }])
  const kept = await argo(directory, "archive", "get", uid, "--store", "kept", "-o", "json")
  expect(JSON.parse(kept.out)).toMatchObject({
    metadata: { uid, namespace: "shop", labels: { team: "shop" } },
    spec: { priority: 7 },
  })
}, 60_000)
