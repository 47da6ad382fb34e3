import { type Cluster, type Controller, createManager, type RunningManager } from "@argo-ts/k8s"
import { type EpochMs, epochMs, type Kind, keyOf, silentLogger } from "@argo-ts/kernel"
import { createFieldMemory } from "@argo-ts/kernel/merge"
import { type Aggregation, createAggregation } from "./access/aggregation.js"
import { checkEscalation } from "./access/escalation.js"
import { createIdentity, createUsers } from "./access/users.js"
import type { PodAccountMode } from "./admission/pod-account.js"
import { createPodShapes } from "./admission/pod-template.js"
import { createQuotaLedger } from "./admission/quota-ledger.js"
import { createServiceAddresses } from "./admission/service-addresses.js"
import { createDraws, type Draws } from "./api/draws.js"
import type { Server } from "./api/server.js"
import type { ClusterWrite, Commit } from "./api/write.js"
import { type AgentBoard, createAgentBoard } from "./controllers/agents/agent.js"
import { startAgents } from "./controllers/agents/agents.js"
import { builtInControllers } from "./controllers/built-in.js"
import { createPodReading } from "./controllers/kubelet/pod-reading.js"
import { createPodSessions } from "./controllers/kubelet/pod-sessions.js"
import { createPodProcesses } from "./controllers/kubelet/process/pod-processes.js"
import { createNodes } from "./controllers/nodes/nodes.js"
import { createStorageClasses, standardClasses } from "./controllers/volumes/first-classes.js"
import { createDefinitions, type Definitions } from "./definitions/serve.js"
import { connectionReset, createFaults, type Faults } from "./faults.js"
import { createFaultyPort } from "./faulty-port.js"
import { createFirstNamespaces } from "./first-objects.js"
import { createGarbageCollector, type GarbageCollector } from "./garbage.js"
import { createAdmissionChain } from "./hooks/admission-hook.js"
import { createKindRegistry } from "./kinds/registry.js"
import type { KindRules } from "./kinds/rules.js"
import { type Journal, lastOf, openDirectoryJournal, openFileJournal } from "./log/journal.js"
import type { LogLine } from "./log/log-file.js"
import { createComponentStatuses } from "./metrics/component-statuses.js"
import { createResourceMetrics } from "./metrics/resource-metrics.js"
import type { Computing } from "./metrics/with-computed.js"
import { startNodeLosses } from "./node-losses.js"
import type { ClusterSim, ClusterSimOptions } from "./options.js"
import { createPort, type Gate } from "./port.js"
import { createQuotaCounting } from "./quotas.js"
import { compactIfDue, restore } from "./restore.js"
import { createMoments } from "./snapshot.js"
import type { Change } from "./store/history.js"
import { createStore, type Store } from "./store/store.js"
import type { StoredObject } from "./store/stored-object.js"
import { createWatchHub, type WatchHub } from "./watch/hub.js"

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
    gate({ verb, kind }) {
      if (verb === "watch") return
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
  /** Those that work on the store itself: they hear of every change, also of one that was taken back. */
  readonly agents: AgentBoard
  readonly definitions: Definitions
  readonly aggregation: Aggregation
}

/** A change as it is stored: in the version of its kind that is kept, whatever version was spoken. */
function keptVersions(
  store: Store,
  { rules, before, after }: Commit,
): Pick<Commit, "before" | "after"> {
  if (rules.isBuiltIn) return { before, after }
  const { namespace = "", name } = before?.metadata ?? {}
  return {
    before: name === undefined ? undefined : store.collection(rules).get(namespace, name),
    after: after === undefined ? undefined : rules.keep(after),
  }
}

/** What puts around a port what goes wrong on the way to it; nothing where nothing may. */
function faultyPorts(
  { store }: Server,
  { faults: options, clock }: ClusterSimOptions,
  faults: Faults,
): (cluster: Cluster) => Cluster {
  if (options === undefined) return (cluster) => cluster
  return (cluster) => createFaultyPort(cluster, { faults, clock, store })
}

function createHub(store: Store, options: ClusterSimOptions, faults: Faults): WatchHub {
  const { clock, watchBuffer } = options
  const isLate = options.faults?.lateEvents !== undefined
  return createWatchHub({
    store,
    clock,
    ...(watchBuffer && { bufferMax: watchBuffer }),
    ...(isLate && { delayMs: faults.eventDelayMs }),
  })
}

/** The name of an object that is gone may be drawn again. */
function releaseName(draws: Draws, { rules, after, event }: Change): void {
  const { namespace = "", name } = event.metadata
  if (after === undefined) draws.release(rules.id, namespace, name)
}

/** What a write may bring upon watches and history. */
function trouble(store: Store, hub: WatchHub, faults: Faults): void {
  hub.drop(() => faults.dropsWatch())
  hub.break(() => faults.breaksWatch(), connectionReset())
  if (faults.compacts()) store.history.compact(store.version())
}

/** Only the built-in controllers make accounts; where they do not run nobody can be asked for one. */
function podAccountsOf({
  controllers,
  serviceAccountAutomount,
}: ClusterSimOptions): PodAccountMode {
  if (controllers !== undefined && controllers !== true) return "named"
  return serviceAccountAutomount === false ? "required" : "mounted"
}

function computing(
  server: Pick<Server, "store" | "registry" | "now">,
  { pods = {}, controllers }: ClusterSimOptions,
): Computing {
  return {
    metrics: createResourceMetrics(server, pods),
    components: createComponentStatuses(controllers !== false),
  }
}

/** The one place where a change happens: logged, stored, told to listeners, to watches and to the collector. */
function createHeart(
  options: ClusterSimOptions,
  parts: { readonly draws: Draws; readonly faults: Faults; readonly journal: Journal | undefined },
): Heart {
  const { clock } = options
  const { draws, faults, journal } = parts
  const registry = createKindRegistry(options.kinds ?? [])
  const store = createStore()
  const hub = createHub(store, options, faults)
  const listeners = createListeners()
  const agents = createAgentBoard()
  const services = registry.byId("/services") as KindRules
  const addresses = createServiceAddresses(() => store.collection(services))
  const now = (): EpochMs => epochMs(clock.now() + faults.skewMs)
  const server: Server = {
    store,
    registry,
    draws,
    addresses,
    quotas: createQuotaLedger(store, registry),
    now,
    ...computing({ store, registry, now }, options),
    managedFields: options.managedFields ?? "apply-only",
    fields: createFieldMemory(),
    podAccounts: podAccountsOf(options),
    podShapes: createPodShapes(store, registry),
    admission: createAdmissionChain(options.admission ?? [], (review) => {
      const { kind, object, oldObject, user } = review
      if (object === undefined || review.subresource !== undefined) return
      const before = oldObject as StoredObject | undefined
      checkEscalation(server, { rules: registry.rules(kind), object, before, user })
    }),
    commit(commit) {
      const { rules } = commit
      const { before, after } = keptVersions(store, commit)
      const change = store.prepare({ at: clock.now(), rules, before, after })
      journal?.append(toLine(commit, change, draws))
      store.apply(change)
      addresses.observe(change)
      server.quotas.observe(change)
      releaseName(draws, change)
      if (journal !== undefined) compactIfDue(journal, { registry, store, draws }, change.at)
      listeners.tell(commit, change)
      hub.publish(change)
      garbage.observe(change)
      agents.observe(change)
      definitions.observe(change)
      aggregation.observe(change)
      counting.observe(change)
      if (options.faults !== undefined) trouble(store, hub, faults)
      return rules.present(change.event)
    },
  }
  const soon = (key: string) => (run: () => void) => clock.wakeAt(clock.now(), key, run)
  const garbage = createGarbageCollector(server, soon("cluster/garbage"))
  const counting = createQuotaCounting(server, soon("cluster/quotas"))
  const aggregation = createAggregation(server, soon("cluster/aggregation"))
  const definitions = createDefinitions({
    server,
    hub,
    schedule(run) {
      if (options.instantCrds === true) run()
      else clock.wakeAt(clock.now(), "cluster/definitions", run)
    },
  })
  if (journal !== undefined) {
    restore(journal, { registry, store, draws, observe: definitions.observe })
  }
  return { server, hub, listeners, garbage, agents, definitions, aggregation }
}

function openJournal({ log, data }: ClusterSimOptions): Journal | undefined {
  if (data === undefined) return log === undefined ? undefined : openFileJournal(log)
  if (log !== undefined) throw new Error("a cluster is kept by `log` or by `data`, not by both")
  return openDirectoryJournal(typeof data === "string" ? { directory: data } : data)
}

/** A cluster that continues before its own past would write history backwards. */
function checkClock({ clock }: ClusterSimOptions, journal: Journal | undefined): void {
  const last = journal === undefined ? undefined : lastOf(journal)
  if (journal === undefined || last === undefined || clock.now() >= last.t) return
  throw new Error(
    `the last write in ${journal.place} is at ${last.t} ms and the clock stands at ${clock.now()} ms: start it at lastInstant(file)`,
  )
}

/** Opens the journal and what it holds; a journal that cannot be continued is left as it was. */
function openHeart(
  options: ClusterSimOptions,
  parts: { readonly draws: Draws; readonly faults: Faults },
): Heart & { readonly journal: Journal | undefined } {
  const journal = openJournal(options)
  try {
    checkClock(options, journal)
    return { ...createHeart(options, { ...parts, journal }), journal }
  } catch (error) {
    journal?.close()
    throw error
  }
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
  const { clock, logger = silentLogger, pods: scripts = {} } = options
  const processes = createPodProcesses(options.processes, clock)
  const draws = createDraws(options.seed ?? 1)
  const faults = createFaults(options.faults ?? {}, draws.streams, clock)
  const heart = openHeart(options, { draws, faults })
  const { server, hub, listeners, garbage, agents, definitions, journal } = heart
  const last = journal === undefined ? undefined : lastOf(journal)
  if (last === undefined) {
    createFirstNamespaces(server, options.namespaces ?? [], options.rootCertificate ?? "")
    if (options.controllers !== false) {
      createNodes(server, options.nodes ?? 1)
      createStorageClasses(server, options.storageClasses ?? standardClasses)
    }
    // What was there before anybody could look is no history: as on a real server, version 1 is too old for a watch.
    server.store.history.compact(server.store.version())
  }
  garbage.observeAll()
  if (options.controllers !== false)
    agents.employ(startAgents({ server, clock, logger }, { scripts, processes }))

  const traps = createTraps()
  const gate: Gate = (request) => {
    traps.gate(request)
    faults.gate(request)
  }
  const own = createPort(server, hub)
  const identity = createIdentity(server, own)
  const wrap = faultyPorts(server, options, faults)
  const hasPolicy = options.bootstrapRoles === true
  const as = createUsers(heart, { gate, identity, wrap, hasPolicy })
  const stopLosses = startNodeLosses(server, { clock, faults, options: options.faults ?? {} })
  const hasLog = journal !== undefined
  const moments = createMoments({ server, hub, garbage, agents, definitions, hasLog })
  const controllers = controllersOf(options)
  let manager: RunningManager | undefined
  if (controllers.length > 0) {
    manager = createManager({ cluster: own, clock, logger })
      .add(...controllers)
      .start()
  }
  return {
    cluster: wrap(createPort(server, hub, { gate, identity })),
    as,
    authorizer: identity.authorizer,
    accounts: identity.accounts,
    ready: manager?.ready ?? Promise.resolve(),
    random: draws.streams,
    ...createPodReading(server, scripts, processes),
    ...createPodSessions(server, scripts, processes),
    opened: {
      writes: last?.rv ?? 0,
      ...(last === undefined ? {} : { lastAt: epochMs(last.t) }),
    },
    onWrite: listeners.add,
    failNext: (error, isMatch = () => true) => traps.add(error, isMatch),
    dropWatches: (error) => hub.drop(undefined, error),
    snapshot: moments.snapshot,
    restore: moments.restore,
    expireHistory: () => server.store.history.compact(server.store.version()),
    async close() {
      stopLosses()
      await manager?.stop()
      await processes.close()
      journal?.close()
    },
  }
}
