import { formatKey, keyOf, type Logger, parseKey, type UntypedObject } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { deleteObject } from "../../api/delete.js"
import { replaceObject } from "../../api/replace.js"
import type { Server } from "../../api/server.js"
import { serverRequest } from "../../api/write.js"
import type { KindRules } from "../../kinds/rules.js"
import type { Change } from "../../store/history.js"
import type { StoredObject } from "../../store/stored-object.js"
import { type AgentEvents, createAgentEvents } from "./agent-events.js"

/**
 * A part of the cluster that works on the store itself, as a process on a node or beside the API server does: it
 * hears of every change and does everything that is due at an instant in one turn of the clock. Schedulers and
 * kubelets are agents and no controllers because they touch every pod.
 */
export interface Agent {
  /** Notes what a change may leave to do. */
  observe(change: Pick<Change, "rules" | "before" | "after">): void
}

/** The agents of a cluster. */
export interface AgentBoard extends Agent {
  /** Makes agents hear of every change from now on. */
  employ(agents: readonly Agent[]): void
}

/** A board without agents. */
export function createAgentBoard(): AgentBoard {
  let employed: readonly Agent[] = []
  return {
    employ(agents) {
      employed = agents
    },
    observe(change) {
      for (const agent of employed) agent.observe(change)
    },
  }
}

/** Where agents live. */
export interface AgentBase {
  readonly server: Server
  readonly clock: Clock
  readonly logger: Logger
}

/** What an agent may use. */
export interface AgentSetting extends AgentBase {
  /** Reads, and writes under the agent's name. */
  readonly store: AgentStore
  readonly events: AgentEvents
}

/** The store for one agent. Kinds go by id: `/pods`. Writes answer the stored object. */
export interface AgentStore {
  get(kindId: string, key: string): StoredObject | undefined
  list(kindId: string): readonly StoredObject[]
  /** `kin` is the stored status of another object, of which this one has parts. */
  writeStatus(kindId: string, object: StoredObject, status: object, kin?: object): StoredObject
  replace(kindId: string, object: StoredObject, wanted: object): StoredObject
  remove(kindId: string, object: StoredObject, gracePeriodSeconds?: number): void
}

/** The key of an object as agents and their queues use it. */
export function textKey(object: StoredObject): string {
  return formatKey(keyOf(object))
}

const everything = { namespace: undefined, name: undefined, labelLines: [], isNarrowed: false }

function createAgentStore(server: Server, manager: string): AgentStore {
  const rulesOf = (id: string): KindRules => server.registry.byId(id) as KindRules
  return {
    get(kindId, key) {
      const { namespace = "", name } = parseKey(key)
      return server.store.collection(rulesOf(kindId)).get(namespace, name)
    },
    list: (kindId) =>
      server.store.collection(rulesOf(kindId)).list({ ...everything, matches: () => true }),
    writeStatus(kindId, object, status, kin) {
      const wanted = { ...object, status } as unknown as UntypedObject
      const asked = { ...serverRequest("update", manager, "status"), wanted, kin }
      return replaceObject(server, rulesOf(kindId), object, asked)
    },
    replace(kindId, object, wanted) {
      const asked = { ...serverRequest("update", manager), wanted: wanted as UntypedObject }
      return replaceObject(server, rulesOf(kindId), object, asked)
    },
    remove(kindId, object, gracePeriodSeconds) {
      const { uid } = object.metadata
      const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }
      const options = { preconditions: { uid }, ...grace }
      deleteObject(server, rulesOf(kindId), object, {
        ...serverRequest("delete", manager),
        options,
      })
    },
  }
}

/** Gives one agent its hands: writes carry `manager`, events name `component`. */
export function createSetting(
  base: AgentBase,
  by: { readonly manager: string; readonly component: string },
): AgentSetting {
  const store = createAgentStore(base.server, by.manager)
  return { ...base, store, events: createAgentEvents(base.server, by) }
}
