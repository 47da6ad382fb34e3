import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import type { Kind } from "@argo-ts/kernel"
import { type Clock, systemClock } from "@argo-ts/kernel/clock"
import { type ServedCluster, type ServeOptions, serveCluster } from "../../src/http/index.js"
import { type ClusterSim, type ClusterSimOptions, createClusterSim } from "../../src/index.js"

/** The real kubectl: the one that `KUBECTL` names, or the one on the path. */
const kubectl = process.env["KUBECTL"] ?? "kubectl"

function versionOf(): string | undefined {
  try {
    const text = execFileSync(kubectl, ["version", "--client", "-o", "json"], {
      encoding: "utf8",
      stdio: "pipe",
    })
    return (JSON.parse(text) as { readonly clientVersion: { readonly gitVersion: string } })
      .clientVersion.gitVersion
  } catch {
    return undefined
  }
}

/** Its version; undefined where there is none, and everything that runs it skips. */
export const version: string | undefined = versionOf()
if (version === undefined) {
  console.warn("kubectl is neither on the path nor named by KUBECTL: the tests that run it skip")
}

/** What a failed command said. */
export interface Failure {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A served cluster with a kubectl of its own: its caches are as fresh as the cluster. */
export interface Bench {
  readonly sim: ClusterSim
  readonly served: ServedCluster
  /** What a command prints, word by word. */
  runWords(words: readonly string[]): Promise<string>
  /** What a command line prints; its words are apart by spaces, quotes keep them together. */
  run(line: string): Promise<string>
  /** What a command line says when it fails; rejects where it does not. */
  fails(line: string): Promise<Failure>
  /** The lines of a command that goes on, until `isLast` says that it is enough. */
  follow(line: string, isLast: (line: string) => boolean): Promise<readonly string[]>
  /** Writes a file for `-f`, and answers its name. */
  file(name: string, text: string): string
  /** Makes `sed` with this script the editor of `kubectl edit`. */
  editWith(script: string): void
  close(): Promise<void>
}

/** The words of a command line, with quotes as a shell reads them. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"]+)+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_all, single?: string, double?: string) =>
      String(single ?? double ?? ""),
    ),
  )
}

/** Serves a new cluster to kubectl. */
export async function openBench(
  options: {
    readonly kinds?: readonly Kind[]
    readonly pods?: NonNullable<ClusterSimOptions["pods"]>
    readonly serve?: Partial<ServeOptions>
    /** Default: real time. */
    readonly clock?: Clock
  } = {},
): Promise<Bench> {
  const { kinds = [], pods = {}, serve, clock = systemClock() } = options
  const sim = createClusterSim({ clock, kinds, pods, managedFields: "on" })
  const served = await serveCluster({ cluster: sim.cluster, clock, logs: sim, ...serve })
  const folder = mkdtempSync(join(tmpdir(), "argo-ts-kubectl-"))
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return name
  }
  file("kubeconfig", served.kubeconfig)
  const children: ChildProcess[] = []
  const setting = {
    cwd: folder,
    env: {
      ...process.env,
      KUBECONFIG: join(folder, "kubeconfig"),
      HOME: folder,
      KUBE_EDITOR: join(folder, "editor"),
    },
  }
  const runWords = async (words: readonly string[]): Promise<string> =>
    (await promisify(execFile)(kubectl, words, { ...setting, timeout: 60_000 })).stdout
  const run = (line: string): Promise<string> => runWords(wordsOf(line))
  return {
    sim,
    served,
    file,
    runWords,
    run,
    async fails(line) {
      const answer = await run(line).catch((error: Failure) => error)
      if (typeof answer === "string") throw new Error(`kubectl ${line} did not fail: ${answer}`)
      return answer
    },
    follow(line, isLast) {
      const child = spawn(kubectl, wordsOf(line), { ...setting, stdio: ["ignore", "pipe", "pipe"] })
      children.push(child)
      const lines: string[] = []
      return new Promise((resolve) => {
        createInterface({ input: child.stdout }).on("line", (text) => {
          lines.push(text)
          if (isLast(text)) child.kill()
        })
        child.on("close", () => resolve(lines))
      })
    },
    editWith(script) {
      writeFileSync(join(folder, "editor"), `#!/bin/sh\nexec sed -i '${script}' "$1"\n`)
      chmodSync(join(folder, "editor"), 0o700)
    },
    async close() {
      for (const child of children) child.kill("SIGKILL")
      await served.close()
      await sim.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
