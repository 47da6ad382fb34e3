import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { postgresStore } from "@argo-ts/dag-engine/postgres"
import { simulateWorkflow, workflowFixture } from "@argo-ts/dag-engine/testing"
import { afterAll, describe, expect, test } from "vitest"
import { argo, directoryWith } from "./harness.js"

const script = fileURLToPath(new URL("../../../scripts/postgres.mjs", import.meta.url))
const server = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "ignore"] })
const [line = "{}"] = await new Promise<readonly string[]>((resolve) => {
  createInterface({ input: server.stdout }).once("line", (first) => resolve([first]))
  server.once("exit", () => resolve([]))
})
const answer = JSON.parse(line) as {
  readonly connection?: { readonly host: string; readonly user: string; readonly database: string }
  readonly skipped?: string
}
afterAll(async () => {
  const ended = new Promise((resolve) => server.once("exit", resolve))
  server.stdin.end()
  if (answer.connection !== undefined) await ended
})

const { connection } = answer
const url = `postgres://${connection?.user}@localhost/${connection?.database}?host=${connection?.host}`
const store = ["--store", url]
const title = connection === undefined ? `PostgreSQL (skipped: ${answer.skipped})` : "PostgreSQL"

describe.skipIf(connection === undefined)(title, () => {
  test("what a controller archived there is listed, run again beside runs, and forgotten", async () => {
    const archive = await postgresStore({ connection: url })
    const outcomes = [{ template: "test", phase: "Failed" as const }]
    const manifest = workflowFixture({ build: [], test: ["build"] })
    const ended = await simulateWorkflow(manifest, { outcomes })
    const { name = "", uid = "" } = ended.metadata
    await archive.snapshot(`default/${name}/${uid}`, ended)
    await archive.close()
    const directory = directoryWith({})
    expect((await argo(directory, "list", ...store)).out).toBe("no runs\n")
    const listed = await argo(directory, "archive", "list", ...store, "-o", "name")
    expect(listed.out).toBe(`${uid}\n`)
    const how = [...store, "--executor", "simulate"]
    const again = await argo(directory, "archive", "retry", uid, ...how)
    expect(again).toMatchObject({ code: 0 })
    expect(again.out).toMatch(/✔ build[\s\S]*✔ test/)
    expect((await argo(directory, "get", "@latest", ...store, "-o", "name")).out).toBe(`${name}\n`)
    expect((await argo(directory, "archive", "delete", uid, ...store)).code).toBe(0)
    expect((await argo(directory, "archive", "list", ...store)).out).toBe("nothing is archived\n")
    expect((await argo(directory, "list", ...store, "-o", "name")).out).toBe(`default/${name}\n`)
  }, 60_000)

  test("artifacts of runs lie where their steps worked; limits need a directory", async () => {
    const making = `apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: { name: making }
spec:
  entrypoint: main
  templates:
    - name: main
      outputs: { artifacts: [{ name: text, path: /tmp/text }] }
      container: { image: x, command: [sh, -c], args: ["echo made > /tmp/text"] }
`
    const directory = directoryWith({ "making.yaml": making })
    const ran = await argo(directory, "run", "making.yaml", ...store, "--directory", "work")
    expect(ran).toMatchObject({ code: 0 })
    const copy = ["cp", "making", "out", "--path", "{artifactName}", ...store]
    const nowhere = await argo(directory, ...copy)
    expect(nowhere).toMatchObject({
      code: 2,
      err: "argo-ts: --directory: expected where the steps of the run worked\n",
    })
    expect(await argo(directory, ...copy, "--directory", "work")).toMatchObject({ code: 0 })
    expect(readFileSync(join(directory, "out", "text"), "utf8")).toBe("made\n")
    expect(await argo(directory, "sync", "list", ...store)).toMatchObject({
      code: 2,
      err: "argo-ts: --store: expected a directory: limits are kept there\n",
    })
  }, 60_000)
})
