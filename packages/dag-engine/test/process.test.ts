import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { afterEach, beforeEach, expect, test } from "vitest"
import {
  directoryArtifactStore,
  memoryStore,
  openRun,
  processExecutor,
  retryWorkflow,
  runWorkflow,
  type Template,
  type Workflow,
} from "../src/index.js"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "argo-ts-test-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function workflow(templates: readonly Template[], entrypoint = "main"): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "local" },
    spec: { entrypoint, templates },
  }
}

function run(manifest: Workflow, more: { readonly arguments?: Record<string, string> } = {}) {
  const executor = processExecutor({ directory: join(folder, "work") })
  return runWorkflow(manifest, {
    executors: [executor],
    artifactStore: directoryArtifactStore(join(folder, "artifacts")),
    ...more,
  })
}

const nodeOf = (ran: Workflow, displayName: string) =>
  Object.values(ran.status?.nodes ?? {}).find((node) => node.displayName === displayName)

test("parameters, results and artifacts pass between real processes", async () => {
  const ran = await run(
    workflow([
      {
        name: "main",
        dag: {
          tasks: [
            { name: "write", template: "write" },
            {
              name: "read",
              template: "read",
              dependencies: ["write"],
              arguments: {
                parameters: [
                  { name: "word", value: "{{tasks.write.outputs.parameters.word}}" },
                  { name: "said", value: "{{tasks.write.outputs.result}}" },
                ],
                artifacts: [{ name: "in", from: "{{tasks.write.outputs.artifacts.out}}" }],
              },
            },
          ],
        },
      },
      {
        name: "write",
        outputs: {
          parameters: [{ name: "word", valueFrom: { path: "/tmp/word" } }],
          artifacts: [{ name: "out", path: "/data/out" }],
        },
        script: {
          image: "alpine",
          command: ["sh", "-eu"],
          source:
            "echo hello\nprintf 'blue\\n' > /tmp/word\nmkdir /data/out\necho deep > /data/out/file",
        },
      },
      {
        name: "read",
        inputs: {
          parameters: [{ name: "word" }, { name: "said" }],
          artifacts: [{ name: "in", path: "/data/in" }],
        },
        container: {
          image: "alpine",
          command: ["sh", "-c"],
          args: ["echo {{inputs.parameters.said}} {{inputs.parameters.word}} $(cat /data/in/file)"],
        },
      },
    ]),
  )
  expect(ran.status?.message).toBeUndefined()
  expect(ran.status?.phase).toBe("Succeeded")
  expect(nodeOf(ran, "read")?.outputs?.result).toBe("hello blue deep")
})

test("an exit code is a failure, a missing command an error that names the image", async () => {
  const failing = await run(
    workflow([{ name: "main", container: { image: "alpine", command: ["sh", "-c", "exit 3"] } }]),
  )
  expect(failing.status).toMatchObject({ phase: "Failed", message: "main: Error (exit code 3)" })
  const missing = await run(
    workflow([
      { name: "main", container: { image: "docker/whalesay", command: ["cowsay-not-here"] } },
    ]),
  )
  expect(missing.status?.phase).toBe("Error")
  expect(missing.status?.message).toContain("docker/whalesay")
  expect(missing.status?.message).toContain("--executor simulate")
})

test("only allowed variables reach a process", async () => {
  process.env["SECRET_OF_THE_HOST"] = "hidden"
  const ran = await run(
    workflow([
      {
        name: "main",
        container: {
          image: "alpine",
          command: ["sh", "-c", "echo ${SECRET_OF_THE_HOST:-none} $GREETING"],
          env: [{ name: "GREETING", value: "hi" }],
        },
      },
    ]),
  )
  expect(nodeOf(ran, "local")?.outputs?.result).toBe("none hi")
})

test("a step that outlives its deadline is ended with its whole process group", async () => {
  const ran = await run(
    workflow([
      {
        name: "main",
        activeDeadlineSeconds: 1,
        container: {
          image: "alpine",
          command: ["sh", "-c", `sh -c 'echo $$ > ${folder}/child; sleep 60' & wait`],
        },
      },
    ]),
  )
  expect(ran.status?.phase).toBe("Failed")
  expect(ran.status?.message).toBe("Pod was active on the node longer than the specified deadline")
  const pid = Number(readFileSync(join(folder, "child"), "utf8"))
  expect(isRunning(pid)).toBe(false)
})

/** A zombie nobody waits for does not run. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return false
  }
}

test("an output path that leads out of the node's directory counts as absent", async () => {
  const ran = await run(
    workflow([
      {
        name: "main",
        outputs: { parameters: [{ name: "leak", valueFrom: { path: "/tmp/leak" } }] },
        container: { image: "alpine", command: ["sh", "-c", "ln -s /etc/hostname /tmp/leak"] },
      },
    ]),
  )
  expect(ran.status).toMatchObject({
    phase: "Error",
    message: "output parameter 'leak' (/tmp/leak) was not produced",
  })
})

test("on a virtual clock a process takes what it is said to take", async () => {
  const clock = createVirtualClock()
  const ran = await openRun(
    workflow([{ name: "main", container: { image: "alpine", command: ["true"] } }]),
    { executors: [processExecutor({ directory: join(folder, "work"), takesMs: 5000 })], clock },
  )
  await clock.advance(60_000)
  expect((await ran.done).status).toMatchObject({
    phase: "Succeeded",
    startedAt: "1970-01-01T00:00:00Z",
    finishedAt: "1970-01-01T00:00:05Z",
  })
})

test("a step that is tried again runs again, where its former process left its end", async () => {
  const command = ["sh", "-c", `echo run >> ${folder}/runs; [ -e ${folder}/mended ]`]
  const manifest = workflow([{ name: "main", container: { image: "alpine", command } }])
  const executor = processExecutor({ directory: join(folder, "work") })
  const store = memoryStore()
  const key = "default/local"
  const failed = await runWorkflow(manifest, { executors: [executor], store })
  expect(failed.status?.phase).toBe("Failed")
  writeFileSync(join(folder, "mended"), "")
  const again = retryWorkflow(failed, epochMs(Date.now()))
  if (!again.ok) throw new Error(again.issues[0]?.message)
  await store.snapshot(key, again.value)
  const ended = await runWorkflow(again.value, { executors: [executor], store })
  expect(ended.status?.phase).toBe("Succeeded")
  expect(readFileSync(join(folder, "runs"), "utf8")).toBe("run\nrun\n")
})

test("a process that outlives its driver ends where its workflow was terminated meanwhile", async () => {
  const command = ["sh", "-c", `echo $$ > ${folder}/pid; exec sleep 600`]
  const manifest = workflow([{ name: "main", container: { image: "alpine", command } }])
  const directory = join(folder, "work")
  const store = memoryStore()
  const former = await openRun(manifest, { executors: [processExecutor({ directory })], store })
  await until(
    () =>
      existsSync(join(folder, "pid")) && readFileSync(join(folder, "pid"), "utf8").endsWith("\n"),
  )
  const pid = Number(readFileSync(join(folder, "pid"), "utf8"))
  // What a store holds when the driver is killed at this instant.
  const found = JSON.parse(JSON.stringify(former.workflow())) as Workflow
  const stopped: Workflow = { ...found, spec: { ...found.spec, shutdown: "Terminate" } }
  const ended = await runWorkflow(stopped, { executors: [processExecutor({ directory })] })
  expect(ended.status?.phase).toBe("Failed")
  await until(() => !isRunning(pid))
  await former.done
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10))
}

test("a process that outlives its driver is found again and its outcome read", async () => {
  const script = `
    import { openRun, processExecutor, journalStore } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)}
    const manifest = JSON.parse(process.argv[1])
    const run = await openRun(manifest, {
      executors: [processExecutor({ directory: process.argv[2] + "/work" })],
      store: journalStore(process.argv[2] + "/journal"),
      on: (event) => { if (event.type === "node" && event.node.phase === "Running" && event.node.type === "Pod") console.log("running") },
    })
    const done = await run.done
    console.log(JSON.stringify(done.status))
  `
  const manifest = workflow([
    {
      name: "main",
      container: {
        image: "alpine",
        command: [
          "sh",
          "-c",
          `echo run >> ${folder}/runs; while [ ! -e ${folder}/go ]; do sleep 0.05; done; echo done`,
        ],
      },
    },
  ])
  const start = () =>
    spawn(
      process.execPath,
      ["--input-type=module", "-e", script, JSON.stringify(manifest), folder],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    )
  const first = start()
  await new Promise<void>((resolve) => first.stdout.once("data", () => resolve()))
  const killed = new Promise((resolve) => first.once("exit", resolve))
  first.kill("SIGKILL")
  await killed
  const second = start()
  let text = ""
  second.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString()
  })
  writeFileSync(join(folder, "go"), "")
  await new Promise((resolve) => second.once("exit", resolve))
  const status = JSON.parse(text.trim().split("\n").at(-1) ?? "{}")
  expect(status.phase).toBe("Succeeded")
  expect(status.nodes.local.outputs.result).toBe("done")
  expect(readFileSync(join(folder, "runs"), "utf8")).toBe("run\n")
  expect(existsSync(join(folder, "journal"))).toBe(true)
  expect(readdirSync(join(folder, "work")).length).toBeGreaterThan(0)
})
