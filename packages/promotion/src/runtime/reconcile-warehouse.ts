import { isClusterError, type Reconcile, type ReconcileContext } from "@argo-ts/k8s"
import {
  type EpochMs,
  formatIssue,
  isOperationError,
  type Stored,
  setCondition,
} from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import { freights, warehouses } from "../api/kinds.js"
import { parseWarehouse } from "../api/parse.js"
import type { DiscoveredArtifacts, Warehouse } from "../api/warehouse.js"
import { decideWarehouse } from "../core/decide-warehouse.js"
import { type DiscoverySources, discoverArtifacts } from "./discover.js"
import { withoutServerFields } from "./parse-stored.js"
import { writeStatus } from "./write-status.js"

async function look(
  warehouse: Warehouse,
  sources: DiscoverySources,
  now: EpochMs,
): Promise<DiscoveredArtifacts | { readonly error: string; readonly cause: unknown }> {
  try {
    return await discoverArtifacts(warehouse, sources, now)
  } catch (cause) {
    if (!isOperationError(cause)) throw cause
    return { error: cause.message, cause }
  }
}

async function create(
  freight: Freight,
  warehouse: Stored<Warehouse>,
  { cluster, record }: ReconcileContext,
): Promise<void> {
  try {
    const { alias, metadata } = await cluster.create(freights, freight)
    const message = `Freight ${alias ?? metadata.name} was created`
    record(warehouse, { type: "Normal", reason: "FreightCreated", message })
  } catch (error) {
    if (!isClusterError(error, "AlreadyExists")) throw error
  }
}

/** Looks when it is due and makes Freight of what was found. */
export function createWarehouseReconcile(sources: DiscoverySources): Reconcile {
  return async (key, context) => {
    const { cluster, clock } = context
    const warehouse = await cluster.get(warehouses, key)
    if (warehouse === undefined || warehouse.metadata.deletionTimestamp !== undefined) return {}
    const parsed = parseWarehouse(withoutServerFields(warehouse))
    if (!parsed.ok) {
      const message = parsed.issues.map(formatIssue).join("; ")
      const conditions = setCondition(warehouse.status?.conditions, {
        type: "Ready",
        status: "False",
        reason: "InvalidSpec",
        message,
      })
      await writeStatus(cluster, warehouses, warehouse, { ...warehouse.status, conditions })
      return {}
    }
    const namespace = warehouse.metadata.namespace ?? ""
    const freight = (await cluster.list(freights, { namespace })).items
    let decision = decideWarehouse(warehouse, { freight }, clock.now())
    let failure: unknown
    if (decision.actions.some(({ type }) => type === "Discover")) {
      const found = await look(warehouse, sources, clock.now())
      if ("cause" in found) failure = found.cause
      const discovery = "cause" in found ? { error: found.error } : found
      // Others may have made Freight meanwhile.
      const known = (await cluster.list(freights, { namespace })).items
      decision = decideWarehouse(warehouse, { discovery, freight: known }, clock.now())
    }
    const actions = decision.actions.map((action) => action.key)
    context.logger.debug("decided", { warehouse: key, actions })
    const recorded = await writeStatus(cluster, warehouses, warehouse, decision.status)
    for (const action of decision.actions)
      if (action.type === "CreateFreight") await create(action.freight, recorded, context)
    if (failure !== undefined) throw failure
    return decision.wakeAt === undefined ? {} : { wakeAt: decision.wakeAt }
  }
}
