import {
  equalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  matchesLabels,
  type UntypedObject,
} from "@argo-ts/kernel"
import { replaceObject } from "../api/replace.js"
import type { Server } from "../api/server.js"
import { serverRequest } from "../api/write.js"
import { fieldManagers } from "../field-managers.js"
import type { KindRules } from "../kinds/rules.js"
import type { Change } from "../store/history.js"
import { asJson, type StoredObject } from "../store/stored-object.js"

/** Keeps ClusterRoles that are put together from others up to date. */
export interface Aggregation {
  observe(change: Pick<Change, "rules">): void
  /** Brings every aggregated role up to date now. */
  settle(): void
}

const id = "rbac.authorization.k8s.io/clusterroles"
const anything = {
  namespace: undefined,
  name: undefined,
  labelLines: [],
  isNarrowed: false,
  matches: () => true,
}

function selectorsOf(role: StoredObject): readonly JsonObject[] {
  const rule = asJson(role)["aggregationRule"]
  const list = rule !== undefined && isJsonObject(rule) ? rule["clusterRoleSelectors"] : undefined
  return Array.isArray(list) ? (list as readonly JsonValue[]).filter(isJsonObject) : []
}

/** The rules of the roles that an aggregated one picks, in the order of their names, each rule once. */
export function aggregatedRules(
  role: StoredObject,
  roles: readonly StoredObject[],
): readonly JsonValue[] {
  const selectors = selectorsOf(role)
  const found: JsonValue[] = []
  for (const other of roles) {
    if (other.metadata.name === role.metadata.name) continue
    const { labels } = other.metadata
    if (!selectors.some((selector) => matchesLabels(selector, labels))) continue
    const rules = asJson(other)["rules"]
    for (const rule of Array.isArray(rules) ? (rules as readonly JsonValue[]) : []) {
      if (!found.some((known) => equalJson(known, rule))) found.push(rule)
    }
  }
  return found
}

/** Rewrites aggregated ClusterRoles when a ClusterRole changes, at the next turn of the clock. */
export function createAggregation(
  server: Server,
  schedule: (run: () => void) => void,
): Aggregation {
  let isScheduled = false
  const settle = (): void => {
    const rules = server.registry.byId(id) as KindRules
    const roles = server.store.collection(rules).list(anything)
    for (const role of roles) {
      if (selectorsOf(role).length === 0) continue
      const wanted = aggregatedRules(role, roles)
      if (equalJson(asJson(role)["rules"] ?? [], wanted)) continue
      replaceObject(server, rules, role, {
        ...serverRequest("update", fieldManagers.controllers),
        wanted: { ...role, rules: wanted } as unknown as UntypedObject,
      })
    }
  }
  return {
    settle,
    observe({ rules }) {
      if (rules.id !== id || isScheduled) return
      isScheduled = true
      schedule(() => {
        isScheduled = false
        settle()
      })
    },
  }
}
