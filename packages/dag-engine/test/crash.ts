import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { createRandomStreams } from "@argo-ts/kernel"
import type { Workflow } from "../src/index.js"
import { workflowFixture } from "../src/testing/index.js"

const child = fileURLToPath(new URL("./crash-child.mjs", import.meta.url))

/** A layered graph of so many tasks a layer. */
export function crashWorkflow(name: string): Workflow {
  const steps: { [task: string]: string[] } = {}
  for (let layer = 0; layer < 6; layer++) {
    for (let index = 0; index < 8; index++) {
      steps[`t${layer}-${index}`] = layer === 0 ? [] : [`t${layer - 1}-${index}`, `t${layer - 1}-0`]
    }
  }
  const fixture = workflowFixture(steps)
  const main = fixture.spec.templates?.[0]
  const tasks = (main?.dag?.tasks ?? []).map((task) => ({ ...task, template: "work" }))
  return {
    ...fixture,
    metadata: { name },
    spec: {
      entrypoint: "main",
      templates: [
        { name: "main", dag: { tasks } },
        { name: "work", container: { image: "alpine" } },
      ],
    },
  }
}

/** What the lives of a run left in their log. */
export interface CrashLog {
  /** Ends seen by the store before a kill, and nodes that began again after that. */
  readonly repeated: readonly string[]
  readonly succeeded: number
  readonly phase: string | undefined
  readonly kills: number
}

/** Where a run is kept and how it is killed. */
export interface CrashPlan {
  readonly kind: "journal" | "postgres"
  readonly place: string
  readonly log: string
  readonly workflow: Workflow
  readonly kills: number
  readonly seed: number
}

function ended(process: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => process.once("exit", (code) => resolve(code)))
}

/** Starts the run, kills it when its log has so many lines, and again, and then lets it end. */
export async function crashRun(plan: CrashPlan): Promise<CrashLog> {
  const random = createRandomStreams(plan.seed).stream("kills")
  let kills = 0
  const errors: string[] = []
  for (let life = 0; life <= plan.kills + 1; life++) {
    const args = [child, plan.kind, plan.place, plan.log, JSON.stringify(plan.workflow)]
    const process_ = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] })
    process_.stderr?.on("data", (data) => errors.push(String(data)))
    const end = ended(process_)
    const linesBefore = linesOf(plan.log).length
    const target = linesBefore + 1 + random.integer(24)
    let code: number | null | undefined
    void end.then((value) => {
      code = value
    })
    while (code === undefined) {
      if (life < plan.kills && linesOf(plan.log).length >= target) {
        // Somewhere in the next turns of its loop, not at the write that was seen.
        for (let turns = random.integer(4); turns > 0; turns--) await turn()
        process_.kill("SIGKILL")
        kills++
        break
      }
      await turn()
    }
    code = await end
    if (code === 0) break
    if (code !== null) throw new Error(errors.join("") || `the child ended with ${code}`)
  }
  return { ...judge(linesOf(plan.log)), kills }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function linesOf(log: string): readonly string[] {
  return existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(0, -1) : []
}

function judge(lines: readonly string[]): Omit<CrashLog, "kills"> {
  const recorded = new Set<string>()
  const ends = new Set<string>()
  const repeated: string[] = []
  let phase: string | undefined
  for (const line of lines) {
    const [word, rest = ""] = line.split(" ")
    if (word === "recorded") recorded.add(rest)
    else if (word === "begin" && recorded.has(rest)) repeated.push(rest)
    else if (word === "end") ends.add(rest)
    else if (word === "done") phase = rest
  }
  return { repeated, succeeded: ends.size, phase }
}
