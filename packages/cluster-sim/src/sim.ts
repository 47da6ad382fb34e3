import { type Controller, createManager, type RunningManager } from "@argo-ts/k8s"
import {
  apiVersionOf,
  epochMs,
  type Kind,
  keyOf,
  silentLogger,
  type UntypedObject,
} from "@argo-ts/kernel"
import { createDraws, type Draws } from "./api/draws.js"
import type { Server } from "./api/server.js"
import type { ClusterWrite, Commit } from "./api/write.js"
import type { Agent } from "./controllers/agents/agent.js"
import { startAgents } from "./controllers/agents/agents.js"
import { builtInControllers } from "./controllers/built-in.js"
import { createNodes } from "./controllers/nodes/nodes.js"
import { createFaults, type Faults } from "./faults.js"
import { createGarbageCollector, type GarbageCollector } from "./garbage.js"
import { createKindRegistry, type KindRegistry } from "./kinds/registry.js"
import type { KindRules } from "./kinds/rules.js"
import { type LogFile, type LogLine, openLogFile } from "./log/log-file.js"
import type { ClusterSim, ClusterSimOptions } from "./options.js"
import { createOperations, createPort, type Gate } from "./port.js"
import { adoptObject } from "./store/adopt.js"
import type { Change } from "./store/history.js"
import { createStore, type Store } from "./store/store.js"
import type { StoredObject } from "./store/stored-object.js"
import { createWatchHub } from "./watch/hub.js"

const firstNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"]

/** One write as its line in the log. */
function toLine(commit: Commit, change: Change, draws: Draws): LogLine {
  const { request, rules } = commit
  const { name, namespace } = change.event.metadata
  const random = draws.takeMoved()
  return {
    rv: change.version,
    t: change.at,
    verb: request.verb,
    ...(request.subresource === undefined ? {} : { sub: request.subresource }),
    by: request.manager,
    kind: rules.id,
    ...(namespace === undefined ? {} : { ns: namespace }),
    name,
    object: change.after ?? null,
    ...(random === undefined ? {} : { random }),
  }
}

function toWrite(commit: Commit, change: Change): ClusterWrite {
  const { request, rules } = commit
  return {
    at: change.at,
    verb: request.verb,
    ...(request.subresource === undefined ? {} : { subresource: request.subresource }),
    manager: request.manager,
    kind: rules.kind,
    key: keyOf(change.event),
    resourceVersion: `${change.version}`,
    ...(change.before === undefined ? {} : { before: change.before }),
    ...(change.after === undefined ? {} : { after: change.after }),
  }
}

function rulesOfLine(registry: KindRegistry, line: LogLine): KindRules {
  const known = registry.byId(line.kind)
  if (known !== undefined) return known
  throw new Error(
    `the log holds ${line.kind} ${line.name} (version ${line.rv}), a kind that this cluster does not serve: add it to \`kinds\``,
  )
}

/** Stores what a log says, as it was stored then. */
function replay(
  lines: readonly LogLine[],
  registry: KindRegistry,
  server: { store: Store; draws: Draws },
): void {
  const { store, draws } = server
  for (const line of lines) {
    const rules = rulesOfLine(registry, line)
    const before = store.collection(rules).get(line.ns ?? "", line.name)
    const after = line.object === null ? undefined : adoptObject(line.object, before)
    if (after === undefined) draws.release(rules.id, line.ns ?? "", line.name)
    if (line.random !== undefined) draws.restore(line.random)
    const event = after ?? (before as StoredObject)
    store.apply({ version: line.rv, at: epochMs(line.t), rules, before, after, event })
  }
}

interface Listeners {
  add(listener: (write: ClusterWrite) => void): () => void
  tell(commit: Commit, change: Change): void
}

function createListeners(): Listeners {
  const listeners = new Set<(write: ClusterWrite) => void>()
  return {
    add(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell(commit, change) {
      if (listeners.size === 0) return
      const write = toWrite(commit, change)
      for (const listener of listeners) listener(write)
    },
  }
}

/** Requests that a test wants to fail once. */
function createTraps(): {
  readonly gate: Gate
  add(error: Error, isMatch: (verb: string, kind: Kind) => boolean): void
} {
  const traps: {
    readonly error: Error
    readonly isMatch: (verb: string, kind: Kind) => boolean
  }[] = []
  return {
    gate(verb, kind) {
      const index = traps.findIndex((trap) => trap.isMatch(verb, kind))
      const [trap] = index < 0 ? [] : traps.splice(index, 1)
      if (trap !== undefined) throw trap.error
    },
    add: (error, isMatch) => traps.push({ error, isMatch }),
  }
}

interface Heart {
  readonly server: Server
  readonly hub: ReturnType<typeof createWatchHub>
  readonly listeners: Listeners
  readonly garbage: GarbageCollector
  /** Makes an agent hear of every change from now on. */
  employ(agents: readonly Agent[]): void
}

/** The one place where a change happens: logged, stored, told to listeners, to watches and to the collector. */
function createHeart(
  options: ClusterSimOptions,
  parts: { readonly draws: Draws; readonly faults: Faults; readonly log: LogFile | undefined },
): Heart {
  const { clock } = options
  const { draws, faults, log } = parts
  const registry = createKindRegistry(options.kinds ?? [])
  const store = createStore()
  const hub = createWatchHub(store)
  const listeners = createListeners()
  let agents: readonly Agent[] = []
  const server: Server = {
    store,
    registry,
    draws,
    now: clock.now,
    managedFields: options.managedFields ?? "apply-only",
    commit(commit) {
      const { rules, before, after } = commit
      const change = store.prepare({ at: clock.now(), rules, before, after })
      log?.append(toLine(commit, change, draws))
      store.apply(change)
      if (change.after === undefined) {
        const { namespace = "", name } = change.event.metadata
        draws.release(rules.id, namespace, name)
      }
      listeners.tell(commit, change)
      hub.publish(change)
      garbage.observe(change)
      for (const agent of agents) agent.observe(change)
      if (options.faults !== undefined) hub.drop(faults.dropsWatch)
      return change.event
    },
  }
  const garbage = createGarbageCollector(server, (run) => {
    clock.wakeAt(clock.now(), "cluster/garbage", run)
  })
  if (log !== undefined) replay(log.lines, registry, { store, draws })
  const employ = (employed: readonly Agent[]): void => {
    agents = employed
  }
  return { server, hub, listeners, garbage, employ }
}

function createNamespaces(server: Server, names: readonly string[]): void {
  const operations = createOperations(server)
  const rules = server.registry.byId("/namespaces") as KindRules
  for (const name of names) {
    if (server.store.collection(rules).get("", name) !== undefined) continue
    const namespace = {
      apiVersion: apiVersionOf(rules.kind),
      kind: "Namespace",
      metadata: { name },
    }
    operations.create(rules.kind, namespace as UntypedObject, { fieldManager: "cluster" })
  }
}

/** A cluster that continues before its own past would write history backwards. */
function checkClock({ clock, log: file }: ClusterSimOptions, log: LogFile | undefined): void {
  const last = log?.lines.at(-1)
  if (log === undefined || last === undefined || clock.now() >= last.t) return
  log.close()
  throw new Error(
    `the last write in ${file} is at ${last.t} ms and the clock stands at ${clock.now()} ms: start it at lastInstant(file)`,
  )
}

function controllersOf(options: ClusterSimOptions): readonly Controller[] {
  const { controllers = true } = options
  if (typeof controllers !== "boolean") return controllers
  return controllers ? builtInControllers(options) : []
}

/**
 * A Kubernetes API server with its controllers, scheduler and kubelet, in this process and on a clock.
 *
 * Every request is one synchronous step answered in a microtask; watches are told in a microtask after each write,
 * before the writer continues. With a virtual clock, garbage collection and controllers run as the clock is
 * advanced. The same seed, options and requests give the same objects, names and versions.
 *
 * @example
 * ```ts
 * const clock = createVirtualClock()
 * const sim = createClusterSim({ clock, kinds: rolloutKinds, namespaces: ["shop"] })
 * await sim.cluster.create(rollouts, rollout)
 * await clock.advance(60_000)
 * ```
 */
export function createClusterSim(options: ClusterSimOptions): ClusterSim {
  const { clock, logger = silentLogger } = options
  const draws = createDraws(options.seed ?? 1)
  const log = options.log === undefined ? undefined : openLogFile(options.log)
  checkClock(options, log)
  const faults = createFaults(options.faults ?? {}, draws.streams)
  const { server, hub, listeners, garbage, employ } = createHeart(options, { draws, faults, log })
  const last = log?.lines.at(-1)
  if (last === undefined) {
    createNamespaces(server, [...firstNamespaces, ...(options.namespaces ?? [])])
    if (options.controllers !== false) createNodes(server, options.nodes ?? 1)
  }
  garbage.observeAll()
  if (options.controllers !== false)
    employ(startAgents({ server, clock, logger }, options.pods ?? {}))

  const traps = createTraps()
  const gate: Gate = (verb, kind) => {
    traps.gate(verb, kind)
    faults.gate(verb, kind)
  }
  const controllers = controllersOf(options)
  let manager: RunningManager | undefined
  if (controllers.length > 0) {
    const inner = createPort(server, hub)
    manager = createManager({ cluster: inner, clock, logger })
      .add(...controllers)
      .start()
  }
  return {
    cluster: createPort(server, hub, gate),
    ready: manager?.ready ?? Promise.resolve(),
    random: draws.streams,
    opened: {
      writes: log?.lines.length ?? 0,
      ...(last === undefined ? {} : { lastAt: epochMs(last.t) }),
    },
    onWrite: listeners.add,
    failNext: (error, isMatch = () => true) => traps.add(error, isMatch),
    dropWatches: (error) => hub.drop(undefined, error),
    expireHistory: () => server.store.history.compact(server.store.version()),
    async close() {
      await manager?.stop()
      log?.close()
    },
  }
}
