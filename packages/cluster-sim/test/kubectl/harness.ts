import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import type { Kind } from "@argo-ts/kernel"
import { type Clock, systemClock } from "@argo-ts/kernel/clock"
import { type ServedCluster, type ServeOptions, serveCluster } from "../../src/http/index.js"
import { type ClusterSim, type ClusterSimOptions, createClusterSim } from "../../src/index.js"
import type { Kubectl } from "./kubectls.js"

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
  /** What a command prints that is written to; rejects where it fails. */
  feed(line: string, input: Buffer): Promise<Buffer>
  /** The text of a file that a command has written. */
  read(name: string): string
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

/** Serves a new cluster to a kubectl. */
export async function openBench(
  kubectl: Kubectl,
  options: {
    readonly kinds?: readonly Kind[]
    readonly pods?: NonNullable<ClusterSimOptions["pods"]>
    readonly processes?: NonNullable<ClusterSimOptions["processes"]>
    readonly serve?: Partial<ServeOptions>
    /** Default: real time. */
    readonly clock?: Clock
  } = {},
): Promise<Bench> {
  const { kinds = [], pods = {}, serve, processes, clock = systemClock() } = options
  const sim = createClusterSim({
    clock,
    kinds,
    pods,
    managedFields: "on",
    ...(processes === undefined ? {} : { processes }),
  })
  const shared = { cluster: sim.cluster, clock, logs: sim, sessions: sim }
  const served = await serveCluster({ ...shared, ...serve })
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
      // 1.29 has to be asked for it; later ones do so anyway.
      KUBECTL_REMOTE_COMMAND_WEBSOCKETS: "true",
      KUBE_EDITOR: join(folder, "editor"),
    },
  }
  const runWords = async (words: readonly string[]): Promise<string> =>
    (await promisify(execFile)(kubectl.path, words, { ...setting, timeout: 60_000 })).stdout
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
    read: (name) => readFileSync(join(folder, name), "utf8"),
    async feed(line, input) {
      const child = spawn(kubectl.path, wordsOf(line), {
        ...setting,
        stdio: ["pipe", "pipe", "pipe"],
      })
      children.push(child)
      const [output, errors]: [Buffer[], Buffer[]] = [[], []]
      child.stdout.on("data", (chunk: Buffer) => output.push(chunk))
      child.stderr.on("data", (chunk: Buffer) => errors.push(chunk))
      child.stdin.on("error", () => undefined)
      child.stdin.end(input)
      const [code] = (await once(child, "close")) as [number | null]
      if (code === 0) return Buffer.concat(output)
      throw new Error(`kubectl ${line} ended with ${code}: ${Buffer.concat(errors).toString()}`)
    },
    follow(line, isLast) {
      const child = spawn(kubectl.path, wordsOf(line), {
        ...setting,
        stdio: ["ignore", "pipe", "pipe"],
      })
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
