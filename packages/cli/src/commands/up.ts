import { join } from "node:path"
import { type ClusterSim, type ClusterSimOptions, createClusterSim } from "@argo-ts/cluster-sim"
import type { WorkflowDefaults } from "@argo-ts/dag-engine"
import type { WebhookOptions } from "@argo-ts/dag-engine/events"
import { type Cluster, createManager, type RunningManager } from "@argo-ts/k8s"
import {
  createLogger,
  isJsonObject,
  type KubernetesObject,
  type Logger,
  thrownText,
  type UntypedObject,
} from "@argo-ts/kernel"
import { systemClock } from "@argo-ts/kernel/clock"
import { engineKinds } from "../engine-kinds.js"
import type { RunningEngines } from "../engines.js"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { formatFileIssue, toJsonIssue } from "../manifests/file-issue.js"
import { type Manifest, type ManifestReading, readManifests } from "../manifests/read.js"
import { readAddress } from "../up/address.js"
import { applyAll } from "../up/apply.js"
import { checkExport, exportFolder, importFolder, readFolder } from "../up/folder.js"
import { formatLogEntry } from "../up/log-entry.js"
import {
  type EventsOptions,
  type Places,
  readEvents,
  readPlaces,
  readPort,
  readUntil,
} from "../up/options.js"
import { busyPorts } from "../up/ports.js"
import { serve } from "../up/serving.js"
import type { RunPlace } from "../workflows/place.js"

/** Options of `up`. */
export interface UpOptions {
  readonly file: readonly string[]
  readonly address: readonly string[]
  readonly import?: readonly string[]
  readonly export?: string
  readonly allowDirty?: true
  readonly processes?: true
  readonly data?: string
  readonly log?: string
  readonly archive?: string
  readonly workflowDefaults?: string
  readonly until?: string
  readonly events?: string
  readonly port?: string
  readonly kubeconfig?: string
  readonly output: OutputFormat
}

function groupOf({ apiVersion }: Manifest["value"]): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : ""
}

/** `group/Kind` of what the definitions among the manifests define: nothing here knows more of them. */
function definedKinds(manifests: readonly Manifest[]): ReadonlySet<string> {
  return new Set(
    manifests.flatMap(({ value }) => {
      const spec = value.kind === "CustomResourceDefinition" ? value["spec"] : undefined
      const names = isJsonObject(spec) ? spec["names"] : undefined
      return isJsonObject(spec) && isJsonObject(names)
        ? [`${String(spec["group"])}/${String(names["kind"])}`]
        : []
    }),
  )
}

/** Everything wrong with the manifests, before any of it has an effect. */
async function readChecked(options: UpOptions, io: Io): Promise<ManifestReading> {
  if (options.file.length === 0) return { files: [], manifests: [], issues: [] }
  const reading = readManifests(options.file, io.cwd)
  const { lintAll } = await import("./lint.js")
  const own = definedKinds(reading.manifests)
  const judged = await lintAll(
    reading.manifests.filter(({ value }) => !own.has(`${groupOf(value)}/${value.kind}`)),
  )
  const errors = judged.filter(({ severity }) => severity === "error")
  const issues = [...reading.issues, ...errors]
  for (const manifest of reading.manifests) issues.push(...(await busyPorts(manifest)))
  if (issues.length === 0) return reading
  throw new CliError("InvalidManifest", issues.map(formatFileIssue).join("\n"), {
    exitCode: 1,
    details: issues.map(toJsonIssue),
  })
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
    write(entry) {
      if (entry.level === "warn" || entry.level === "error") io.err(formatLogEntry(entry))
    },
  })
}

/** Everything that is said on the command line, read before anything has an effect. */
interface Reading {
  readonly untilMs: number | undefined
  readonly port: number
  readonly events: EventsOptions | undefined
  readonly addresses: { readonly [url: string]: string }
  readonly exported: string | undefined
  readonly imported: readonly UntypedObject[]
  readonly manifests: ManifestReading["manifests"]
  readonly workflowDefaults: WorkflowDefaults | undefined
}

async function readDefaults(
  file: string | undefined,
  io: Io,
): Promise<WorkflowDefaults | undefined> {
  if (file === undefined) return undefined
  const { readWorkflowDefaults } = await import("../workflows/overrides.js")
  return readWorkflowDefaults(file, io)
}

async function readOptions(options: UpOptions, io: Io): Promise<Reading> {
  const untilMs = readUntil(options.until)
  const addresses = Object.fromEntries(
    options.address.map((text) => readAddress(text, options, io)),
  )
  const { manifests } = await readChecked(options, io)
  const imported = readFolder(options.import ?? [], io)
  const exported = options.export === undefined ? undefined : checkExport(options.export, io)
  const [port, events] = [readPort(options.port), readEvents(options.events, io)]
  const workflowDefaults = await readDefaults(options.workflowDefaults, io)
  return { untilMs, port, events, addresses, exported, imported, manifests, workflowDefaults }
}

/** A cluster that another process has open, or one that cannot be continued, is the user's to solve. */
function openCluster(places: Places, options: Parameters<typeof createClusterSim>[0]): ClusterSim {
  try {
    return createClusterSim({ ...options, ...places.kept })
  } catch (error) {
    const place = places.kept.data ?? places.kept.log
    if (place === undefined) throw error
    const reason = thrownText(error)
    throw new CliError("DataUnusable", `the cluster could not be opened: ${reason}`)
  }
}

/** Pods that name their commands are processes, the others play scripts. */
function processPods({ work }: Places): Pick<ClusterSimOptions, "pods" | "processes"> {
  return {
    pods: { rules: [{ hasCommand: true, behavior: { run: "process" } }] },
    processes: { directory: join(work, "pods") },
  }
}

/** What runs, from first to last; it is closed from last to first. */
interface Running {
  readonly sim: ClusterSim
  readonly served: { close(): Promise<void> } | undefined
  archive?: RunPlace
  engines?: RunningEngines
  manager?: RunningManager
  events?: { close(): Promise<void> }
}

/** Takes events from outside, where that is asked for. */
async function takeEvents(
  running: Running,
  { events }: Reading,
  logger: Logger,
  { err }: Io,
): Promise<void> {
  if (events === undefined) return
  const { serveEvents } = await import("@argo-ts/dag-engine/events")
  const { cluster, as } = running.sim
  const webhooks: WebhookOptions = {
    cluster,
    as: ({ namespace, name }) =>
      as({
        username: `system:serviceaccount:${namespace}:${name}`,
        groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
      }),
  }
  try {
    const server = await serveEvents({ cluster, webhooks, logger, ...events })
    running.events = server
    err(`events: POST ${server.url}/api/v1/events/{namespace}/{discriminator}\n`)
  } catch (error) {
    const reason = thrownText(error)
    throw new CliError("PortUnusable", `--events: events cannot be taken: ${reason}`)
  }
}

async function runEngines(
  running: Running,
  { work }: Places,
  { addresses, workflowDefaults }: Reading,
  logger: Logger,
): Promise<void> {
  const { archive } = running
  const { cluster } = running.sim
  const clock = systemClock()
  // Loaded now: kubectl does not have to wait for it.
  const { loadEngines } = await import("../load-engines.js")
  const engines = await loadEngines()
  running.engines = await engines.controllers({
    clock,
    cluster,
    addresses,
    logger,
    directory: work,
    executor: "process",
    webhookPorts: "manifest",
    ...(archive === undefined ? {} : { archive }),
    ...(workflowDefaults === undefined ? {} : { workflowDefaults }),
  })
  running.manager = createManager({ cluster, clock, logger })
    .add(...running.engines.controllers)
    .start()
}

async function closeAll({
  sim,
  served,
  archive,
  engines,
  manager,
  events,
}: Running): Promise<void> {
  await events?.close()
  await served?.close()
  await manager?.stop()
  await engines?.close()
  await archive?.close()
  await sim.close()
}

/** What is to be seen when it is over. */
async function tell(cluster: Cluster, output: OutputFormat, io: Io): Promise<void> {
  const { readModel } = await import("@argo-ts/dashboard")
  const model = readModel(await allObjects(cluster))
  if (output === "json") io.out(`${JSON.stringify(model)}\n`)
  else
    for (const line of model.attention)
      io.out(`${line.kind} ${line.namespace}/${line.name}: ${line.state} ${line.message}\n`)
}

async function fill(
  running: Running,
  reading: Reading,
  { output }: UpOptions,
  io: Io,
): Promise<void> {
  const { cluster } = running.sim
  await importFolder(cluster, reading.imported, io)
  const unserved = await applyAll(cluster, reading.manifests)
  for (const { file, value } of unserved) {
    io.err(`warning: ${file}: the cluster serves no ${value.apiVersion} ${value.kind}, left out\n`)
  }
  const applied = reading.manifests.length - unserved.length
  if (output === "text") io.out(`${applied} manifests applied; interrupt to stop\n`)
}

/** `argo-ts up`: 0 when it was interrupted or its time is over. */
export async function up(options: UpOptions, io: Io): Promise<ExitCode> {
  const reading = await readOptions(options, io)
  const places = readPlaces(options, io)
  const clock = systemClock()
  const logger = stderrLogger(io)
  let running: Running | undefined
  try {
    const sim = openCluster(places, {
      clock,
      kinds: engineKinds,
      logger,
      managedFields: "on",
      ...(options.processes === true && processPods(places)),
    })
    running = { sim, served: undefined }
    const { port } = reading
    const served = await serve({ sim, clock, port, file: places.kubeconfig })
    running = { sim, served }
    if (options.output === "text") io.err(`kubectl --kubeconfig ${places.kubeconfig} get all\n`)
    if (options.archive !== undefined) {
      const { openPlace } = await import("../workflows/place.js")
      running.archive = await openPlace(options.archive, io)
    }
    await runEngines(running, places, reading, logger)
    await fill(running, reading, options, io)
    await takeEvents(running, reading, logger, io)
    await waitFor(reading.untilMs, io.signal)
    await tell(sim.cluster, options.output, io)
    if (reading.exported !== undefined) {
      const count = await exportFolder(sim.cluster, reading.exported)
      io.err(`${count} objects exported to ${options.export}\n`)
    }
    return 0
  } finally {
    if (running !== undefined) await closeAll(running)
    places.clear()
  }
}
