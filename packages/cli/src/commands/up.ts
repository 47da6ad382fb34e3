import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { type ClusterSim, createClusterSim } from "@argo-ts/cluster-sim"
import type { ServedCluster } from "@argo-ts/cluster-sim/http"
import { readModel } from "@argo-ts/dashboard"
import { type Cluster, createManager } from "@argo-ts/k8s"
import {
  apiVersionOf,
  createLogger,
  isJsonObject,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  type Logger,
  parseDuration,
} from "@argo-ts/kernel"
import { type Clock, systemClock } from "@argo-ts/kernel/clock"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { loadEngines } from "../load-engines.js"
import { formatFileIssue, placeIssue, toJsonIssue } from "../manifests/file-issue.js"
import { type Manifest, type ManifestReading, readManifests } from "../manifests/read.js"
import { lintAll } from "./lint.js"

/** Options of `up`. */
export interface UpOptions {
  readonly file: readonly string[]
  readonly address: readonly string[]
  readonly allowDirty?: true
  readonly log?: string
  readonly until?: string
  readonly port?: string
  readonly kubeconfig?: string
  readonly output: OutputFormat
}

/** Everything wrong with the manifests, before any of it has an effect. */
async function readChecked(options: UpOptions, io: Io): Promise<ManifestReading> {
  if (options.file.length === 0) return { files: [], manifests: [], issues: [] }
  const reading = readManifests(options.file, io.cwd)
  const judged = await lintAll(reading.manifests)
  const errors = judged.filter(({ severity }) => severity === "error")
  const issues = [...reading.issues, ...errors]
  for (const manifest of reading.manifests) issues.push(...(await busyPorts(manifest)))
  if (issues.length === 0) return reading
  throw new CliError("InvalidManifest", issues.map(formatFileIssue).join("\n"), {
    exitCode: 1,
    details: issues.map(toJsonIssue),
  })
}

/** The ports that an EventSource wants to listen on, with their paths. */
function portsOf(
  value: JsonObject,
): readonly { readonly port: number; readonly path: readonly string[] }[] {
  const spec = value["spec"]
  if (value["kind"] !== "EventSource" || !isJsonObject(spec)) return []
  return Object.entries(spec).flatMap(([type, events]) => {
    if (!isJsonObject(events)) return []
    return Object.entries(events).flatMap(([name, event]) => {
      if (!isJsonObject(event)) return []
      const webhook = isJsonObject(event["webhook"]) ? event["webhook"] : event
      const inner = webhook === event ? [] : ["webhook"]
      const port = Number(webhook["port"])
      return Number.isInteger(port) && port > 0
        ? [{ port, path: ["spec", type, name, ...inner, "port"] }]
        : []
    })
  })
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer()
    probe.once("error", () => done(false))
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)))
  })
}

async function busyPorts({
  file,
  document,
  value,
}: Manifest): Promise<ReturnType<typeof placeIssue>[]> {
  const found: ReturnType<typeof placeIssue>[] = []
  for (const { port, path } of portsOf(value)) {
    if (await isFree(port)) continue
    const message = `expected a free port, found ${port} in use`
    found.push(placeIssue(file, document, { code: "PortInUse", path, message }))
  }
  return found
}

function git(directory: string, args: readonly string[]): string | undefined {
  try {
    const env = {
      PATH: process.env["PATH"] ?? "",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
    }
    return execFileSync("git", ["-C", directory, ...args], {
      encoding: "utf8",
      env,
      stdio: "pipe",
      timeout: 30_000,
    })
  } catch {
    return undefined
  }
}

/** Reads `--address url=place`; a place on this disk has to be a git repository without uncommitted changes. */
function readAddress(text: string, options: UpOptions, io: Io): readonly [string, string] {
  const at = text.indexOf("=")
  const [url, place] = [text.slice(0, at), text.slice(at + 1)]
  if (at <= 0 || place === "") {
    throw new CliError(
      "InvalidOption",
      `--address: expected URL=PLACE, found ${JSON.stringify(text)}`,
    )
  }
  if (/^[a-z]+:\/\//.test(place)) return [url, place]
  const directory = resolve(io.cwd, place)
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new CliError(
      "RepositoryUnreachable",
      `--address ${url}: expected a git repository at ${place}, found nothing`,
    )
  }
  if (git(directory, ["rev-parse", "--git-dir"]) === undefined) {
    throw new CliError(
      "RepositoryUnreachable",
      `--address ${url}: expected a git repository at ${place}, found a directory without one`,
    )
  }
  const isBare = git(directory, ["rev-parse", "--is-bare-repository"])?.trim() === "true"
  const changes = isBare ? "" : (git(directory, ["status", "--porcelain"]) ?? "")
  if (changes !== "" && options.allowDirty !== true) {
    const count = changes.trimEnd().split("\n").length
    const message = `--address ${url}: expected a repository without uncommitted changes at ${place}, found ${count} (commit them, or --allow-dirty)`
    throw new CliError("RepositoryDirty", message)
  }
  return [url, directory]
}

function readUntil(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const parsed = parseDuration(text)
  if (parsed.ok && parsed.value >= 0) return parsed.value
  throw new CliError(
    "InvalidOption",
    `--until: expected a duration like 30s, found ${JSON.stringify(text)}`,
  )
}

function readPort(options: UpOptions): number | undefined {
  if (options.port === undefined) return options.kubeconfig === undefined ? undefined : 0
  const port = Number(options.port)
  if (/^\d+$/.test(options.port) && port <= 65_535) return port
  throw new CliError(
    "InvalidOption",
    `--port: expected a number from 0 to 65535, found ${JSON.stringify(options.port)}`,
  )
}

interface Serving {
  readonly sim: ClusterSim
  readonly clock: Clock
  readonly port: number
  /** Where the kubeconfig goes. */
  readonly file: string
}

/** Writes a file that only this user may read, at no moment anybody else. */
function writePrivately(file: string, text: string): void {
  const fresh = `${file}.${process.pid}.new`
  rmSync(fresh, { force: true })
  writeFileSync(fresh, text, { mode: 0o600, flag: "wx" })
  renameSync(fresh, file)
}

/** Lets kubectl talk to the cluster, and writes down how. Only this user may read it. */
async function serve({ sim, clock, port, file }: Serving, io: Io): Promise<ServedCluster> {
  const { serveCluster } = await import("@argo-ts/cluster-sim/http")
  if (port > 0 && !(await isFree(port))) {
    throw new CliError("PortInUse", `--port: expected a free port, found ${port} in use`)
  }
  const served = await serveCluster({ cluster: sim.cluster, clock, port })
  writePrivately(file, served.kubeconfig)
  io.err(`kubectl --kubeconfig ${file} get all\n`)
  return served
}

async function applyAll(cluster: Cluster, manifests: readonly Manifest[]): Promise<void> {
  const kinds = await cluster.kinds()
  const fieldManager = "argo-ts"
  const find = (object: KubernetesObject): Kind | undefined =>
    kinds.find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion)
  const namespaceKind = kinds.find((one) => one.kind === "Namespace" && one.group === "")
  for (const { value } of manifests) {
    const object = value as unknown as KubernetesObject
    const kind = find(object)
    // Documents for this tool itself, such as scenarios, are no objects of a cluster.
    if (kind === undefined || namespaceKind === undefined) continue
    const namespace =
      kind.scope === "Cluster" ? undefined : (object.metadata.namespace ?? "default")
    if (
      namespace !== undefined &&
      (await cluster.get(namespaceKind, { name: namespace })) === undefined
    ) {
      const made = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }
      await cluster.create(namespaceKind, made, { fieldManager })
    }
    const metadata = namespace === undefined ? object.metadata : { ...object.metadata, namespace }
    await cluster.apply(kind, { ...object, metadata }, { fieldManager, force: true })
  }
}

function waitFor(ms: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done()
    const timer = setTimeout(done, Math.min(ms ?? 2_147_483_647, 2_147_483_647))
    signal.addEventListener("abort", () => {
      clearTimeout(timer)
      done()
    })
  })
}

async function allObjects(cluster: Cluster): Promise<readonly KubernetesObject[]> {
  const objects: KubernetesObject[] = []
  for (const kind of await cluster.kinds()) objects.push(...(await cluster.list(kind)).items)
  return objects
}

function stderrLogger(io: Io): Logger {
  return createLogger({
    write: ({ level, message }) => {
      if (level === "warn" || level === "error") io.err(`${level}: ${message}\n`)
    },
  })
}

/** `argo-ts up`: 0 when it was interrupted or its time is over. */
export async function up(options: UpOptions, io: Io): Promise<ExitCode> {
  const untilMs = readUntil(options.until)
  const addresses = Object.fromEntries(
    options.address.map((text) => readAddress(text, options, io)),
  )
  const reading = await readChecked(options, io)
  const log = options.log === undefined ? undefined : resolve(io.cwd, options.log)
  if (log !== undefined && !existsSync(dirname(log))) {
    throw new CliError(
      "InvalidOption",
      `--log: expected a directory for ${options.log}, found nothing`,
    )
  }
  const port = readPort(options)
  const directory = mkdtempSync(join(tmpdir(), "argo-ts-up-"))
  const file =
    options.kubeconfig === undefined
      ? join(directory, "kubeconfig")
      : resolve(io.cwd, options.kubeconfig)
  const clock = systemClock()
  const logger = stderrLogger(io)
  const engines = await loadEngines()
  const sim = createClusterSim({
    clock,
    kinds: engines.kinds,
    logger,
    ...(log === undefined ? {} : { log }),
  })
  const running = await engines.controllers({
    clock,
    cluster: sim.cluster,
    addresses,
    logger,
    directory,
    executor: "process",
    webhookPorts: "manifest",
  })
  const manager = createManager({ cluster: sim.cluster, clock, logger })
    .add(...running.controllers)
    .start()
  let served: ServedCluster | undefined
  try {
    if (port !== undefined) served = await serve({ sim, clock, port, file }, io)
    await applyAll(sim.cluster, reading.manifests)
    if (options.output === "text")
      io.out(`${reading.manifests.length} manifests applied; interrupt to stop\n`)
    await waitFor(untilMs, io.signal)
    const model = readModel(await allObjects(sim.cluster))
    if (options.output === "json") io.out(`${JSON.stringify(model)}\n`)
    else
      for (const line of model.attention)
        io.out(`${line.kind} ${line.namespace}/${line.name}: ${line.state} ${line.message}\n`)
    return 0
  } finally {
    await served?.close()
    await manager.stop()
    await running.close()
    await sim.close()
    rmSync(directory, { recursive: true, force: true })
  }
}
