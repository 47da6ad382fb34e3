import { formatInstant, type JsonObject, type Kind, type UntypedObject } from "@argo-ts/kernel"
import { deleteObject } from "../api/delete.js"
import { replaceObject } from "../api/replace.js"
import type { Server } from "../api/server.js"
import { serverRequest, type WriteRequest } from "../api/write.js"
import { fieldManagers } from "../field-managers.js"
import { cleanupFinalizer, type KindRules, rulesOf } from "../kinds/rules.js"
import type { Change } from "../store/history.js"
import { asJson, type StoredObject } from "../store/stored-object.js"
import type { WatchHub } from "../watch/hub.js"
import { isEstablished } from "./conditions.js"
import { createCustomKind } from "./custom.js"
import {
  decideDefinitionStatus,
  decideTerminatingStatus,
  type TakenNames,
} from "./decide-status.js"
import { type Definition, type DefinitionVersion, partOf, readDefinition } from "./definition.js"
import { toMergeSchema } from "./merge-schema.js"

/** Serves the kinds that CustomResourceDefinitions define. */
export interface Definitions {
  /** Takes note of a change: of a definition, or of an object that a definition waits for. */
  observe(change: Pick<Change, "rules" | "before" | "after">): void
  /** The definition of a served kind, by `group/plural`. */
  definitionOf(id: string): Definition | undefined
}

const id = "apiextensions.k8s.io/customresourcedefinitions"
const manager = fieldManagers.server

function request(verb: WriteRequest["verb"], subresource?: string): WriteRequest {
  return serverRequest(verb, manager, subresource)
}

function kindOf(definition: Definition, version: DefinitionVersion): Kind {
  const { group, kind, plural, scope, shortNames, categories, singular } = definition
  const { name, hasStatus, scale } = version
  return {
    group,
    version: name,
    kind,
    plural,
    scope,
    hasStatus,
    singular,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(scale !== undefined && { hasScale: true }),
  }
}

function rulesOfVersion(definition: Definition, version: DefinitionVersion): KindRules {
  const stored = definition.versions.find(({ isStorage }) => isStorage) ?? version
  return rulesOf(kindOf(definition, version), {
    storedAs: `${definition.group}/${stored.name}`,
    schema: toMergeSchema(version.schema),
    custom: createCustomKind(version),
  })
}

const anything = {
  namespace: undefined,
  name: undefined,
  labelLines: [],
  isNarrowed: false,
  matches: () => true,
}

/** Names that the kinds of a group have, save one kind's own. */
function takenNames(
  server: Server,
  definitions: readonly StoredObject[],
  own: StoredObject,
): TakenNames {
  const definition = readDefinition(own)
  const resources = new Set<string>()
  const kinds = new Set<string>()
  for (const { kind } of server.registry.all()) {
    const isOwn = kind.plural === definition.plural
    if (
      kind.group !== definition.group ||
      isOwn ||
      !server.registry.isFixed(`${kind.group}/${kind.plural}`)
    )
      continue
    resources.add(kind.plural).add(kind.kind.toLowerCase())
    for (const short of kind.shortNames ?? []) resources.add(short)
    kinds.add(kind.kind).add(`${kind.kind}List`)
  }
  for (const other of definitions) {
    const { group, plural } = readDefinition(other)
    if (group !== definition.group || plural === definition.plural) continue
    const names = partOf(partOf(asJson(other), "status"), "acceptedNames")
    for (const [field, value] of Object.entries(names)) {
      const list = Array.isArray(value) ? (value as readonly string[]) : [String(value)]
      if (field === "categories") continue
      for (const name of list)
        (field === "kind" || field === "listKind" ? kinds : resources).add(name)
    }
  }
  return { resources, kinds }
}

/** What serving definitions needs of its surroundings. */
export interface DefinitionSurroundings {
  readonly server: Server
  readonly hub: WatchHub
  /** Runs something at the next turn of the clock, or at once. */
  readonly schedule: (run: () => void) => void
}

/** Writes the statuses of definitions, and lets go of one once its objects have gone. */
function createStatusWriter({ server }: DefinitionSurroundings): {
  readonly rules: KindRules
  settle(name: string): void
} {
  const rules = server.registry.byId(id) as KindRules
  const write = (object: StoredObject, status: JsonObject | undefined): StoredObject => {
    if (status === undefined) return object
    const wanted = { ...object, status } as unknown as UntypedObject
    return replaceObject(server, rules, object, { ...request("update", "status"), wanted })
  }
  const remove = (object: StoredObject): void => {
    const now = formatInstant(server.now())
    const definition = readDefinition(object)
    const served = server.registry.byId(`${definition.group}/${definition.plural}`)
    const own = served !== undefined && !server.registry.isFixed(served.id) ? served : undefined
    const marked = write(object, decideTerminatingStatus(object, true, now))
    if (own !== undefined) {
      const objects = server.store.collection(own)
      for (const each of objects.list(anything)) {
        deleteObject(server, own, each, { ...request("delete"), options: {} })
      }
      if (objects.size() > 0) return
    }
    const { metadata } = marked
    const finalizers = (metadata.finalizers ?? []).filter((each) => each !== cleanupFinalizer)
    const wanted = { ...marked, metadata: { ...metadata, finalizers } } as unknown as UntypedObject
    replaceObject(server, rules, marked, { ...request("update"), wanted })
  }
  return {
    rules,
    settle(name) {
      const object = server.store.collection(rules).get("", name)
      if (object === undefined) return
      if (object.metadata.deletionTimestamp !== undefined) {
        if (object.metadata.finalizers?.includes(cleanupFinalizer) === true) remove(object)
        return
      }
      const all = server.store.collection(rules).list(anything)
      const taken = takenNames(server, all, object)
      write(object, decideDefinitionStatus(object, taken, formatInstant(server.now())))
    },
  }
}

/**
 * Follows the definitions of a cluster: an established one serves its kind in its versions, one that is deleted takes its
 * objects along. Keeps nothing that the objects do not tell. A definition of a kind that the cluster was created with
 * (`kinds`) is accepted, and changes nothing about that kind.
 */
export function createDefinitions(surroundings: DefinitionSurroundings): Definitions {
  const { server, hub, schedule } = surroundings
  const { registry } = server
  const { rules, settle } = createStatusWriter(surroundings)
  const served = new Map<string, Definition>()
  const waiting = new Set<string>()
  /** Definitions that wait for the objects of a kind to go. */
  const going = new Map<string, string>()

  const run = (): void => {
    for (const name of waiting) {
      waiting.delete(name)
      settle(name)
    }
  }
  const later = (name: string): void => {
    waiting.add(name)
    if (waiting.size === 1) schedule(run)
  }
  const serve = (object: StoredObject): void => {
    const definition = readDefinition(object)
    const own = `${definition.group}/${definition.plural}`
    if (registry.isFixed(own)) return
    const stored = definition.versions.find(({ isStorage }) => isStorage)
    if (stored === undefined) return
    served.set(own, definition)
    const versions = definition.versions.filter(({ isServed }) => isServed)
    const all = versions.map((version) => rulesOfVersion(definition, version))
    const kept = all.find(({ kind }) => kind.version === stored.name)
    const keeping = kept ?? rulesOfVersion(definition, stored)
    const isGoing = object.metadata.deletionTimestamp !== undefined
    registry.serve(keeping, isGoing ? all.map((each) => ({ ...each, isTerminating: true })) : all)
    server.store.serve(keeping)
  }
  const unserve = (object: StoredObject): void => {
    const { group, plural } = readDefinition(object)
    const own = `${group}/${plural}`
    going.delete(own)
    if (!served.delete(own)) return
    registry.remove(own)
    hub.drop((each) => each.id === own)
    // A name that was refused may be free now.
    for (const other of server.store.collection(rules).list(anything)) {
      if (!isEstablished(other)) later(other.metadata.name)
    }
  }
  return {
    definitionOf: (own) => served.get(own),
    observe({ rules: { id: changed }, before, after }) {
      if (changed !== id) {
        const name = after === undefined ? going.get(changed) : undefined
        if (name !== undefined) later(name)
        return
      }
      if (after === undefined) {
        if (before !== undefined) unserve(before)
        return
      }
      if (isEstablished(after)) serve(after)
      else if (before !== undefined && isEstablished(before)) unserve(before)
      if (after.metadata.deletionTimestamp !== undefined) {
        const { group, plural } = readDefinition(after)
        going.set(`${group}/${plural}`, after.metadata.name)
      }
      if (before?.["spec"] !== after["spec"] || before?.metadata !== after.metadata) {
        later(after.metadata.name)
      }
    },
  }
}
