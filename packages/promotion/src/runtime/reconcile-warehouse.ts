import { isClusterError, type Reconcile } from "@argo-ts/k8s"
import { formatIssue, isOperationError, setCondition } from "@argo-ts/kernel"
import { freights, warehouses } from "../api/kinds.js"
import { parseWarehouse } from "../api/parse.js"
import type { DiscoveredArtifacts, Warehouse } from "../api/warehouse.js"
import { decideWarehouse, type ObservedWarehouse } from "../core/decide-warehouse.js"
import { type DiscoverySources, discoverArtifacts } from "./discover.js"
import { withoutServerFields } from "./parse-stored.js"
import { writeStatus } from "./write-status.js"

async function look(
  warehouse: Warehouse,
  sources: DiscoverySources,
): Promise<DiscoveredArtifacts | { readonly error: string; readonly cause: unknown }> {
  try {
    return await discoverArtifacts(warehouse, sources)
  } catch (cause) {
    if (!isOperationError(cause)) throw cause
    return { error: cause.message, cause }
  }
}

/** Looks when it is due and makes Freight of what was found. */
export function createWarehouseReconcile(sources: DiscoverySources): Reconcile {
  return async (key, { cluster, clock, record }) => {
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
    const due = decideWarehouse(warehouse, { freight }, clock.now())
    if (!due.actions.some(({ type }) => type === "Discover"))
      return due.wakeAt === undefined ? {} : { wakeAt: due.wakeAt }
    const found = await look(warehouse, sources)
    const discovery: NonNullable<ObservedWarehouse["discovery"]> =
      "error" in found ? { error: found.error } : found
    // Others may have made Freight meanwhile.
    const known = (await cluster.list(freights, { namespace })).items
    const decision = decideWarehouse(warehouse, { discovery, freight: known }, clock.now())
    for (const action of decision.actions) {
      if (action.type !== "CreateFreight") continue
      try {
        const created = await cluster.create(freights, action.freight)
        record(warehouse, {
          type: "Normal",
          reason: "FreightCreated",
          message: `Freight ${created.alias ?? created.metadata.name} was created`,
        })
      } catch (error) {
        if (!isClusterError(error, "AlreadyExists")) throw error
      }
    }
    await writeStatus(cluster, warehouses, warehouse, decision.status)
    if ("error" in found) throw found.cause
    return decision.wakeAt === undefined ? {} : { wakeAt: decision.wakeAt }
  }
}
