import type { ReconcileContext } from "@argo-ts/k8s"
import {
  type EpochMs,
  epochMs,
  type LabelSelector,
  matchesLabels,
  type ObjectKey,
  type Stored,
} from "@argo-ts/kernel"
import { workflows } from "../api/kinds.js"
import type { Workflow } from "../api/workflow.js"
import type { Store } from "../stores/store.js"
import { type PackOptions, unpackStatus } from "./pack.js"

/** What an archive asks of a store: to take a run whole, and to let go of it. */
export interface ArchiveStore extends Pick<Store, "snapshot"> {
  release(key: string): void | Promise<void>
}

/** Keeps workflows that have ended, whatever becomes of their objects. */
export interface WorkflowArchive {
  /** Where: `postgresStore` or `journalStore`, under `namespace/name/uid`. */
  readonly store: ArchiveStore
  /** Which. Default: all. */
  readonly labelSelector?: LabelSelector
  /** For how long (`archiveTTL`). Default: for ever, as upstream. */
  readonly retention?: ArchiveRetention
}

/** How long an archive keeps workflows. */
export interface ArchiveRetention {
  readonly ttlMs: number
  /** Whose old ones go: `postgresStore`. */
  readonly store: { prune(before: EpochMs): Promise<number> }
  /** How often that is looked at. Default 24 hours, as upstream. */
  readonly periodMs?: number
}

const periodDefaultMs = 24 * 60 * 60_000

/** Deletes what an archive has kept long enough: at the first call, and then every period until it is closed. */
export function createPruning(retention: ArchiveRetention | undefined): {
  start(context: Pick<ReconcileContext, "clock" | "logger">): void
  close(): void
} {
  let cancel: (() => void) | undefined
  return {
    start({ clock, logger }) {
      if (retention === undefined || cancel !== undefined) return
      const { ttlMs, store, periodMs = periodDefaultMs } = retention
      const look = (): void => {
        const now = clock.now()
        cancel = clock.wakeAt(epochMs(now + periodMs), "dag-engine/archive", look)
        store.prune(epochMs(Math.max(0, now - ttlMs))).then(
          (count) => {
            if (count > 0) logger.info("archived workflows deleted", { count })
          },
          (error: unknown) => logger.error("the archive cannot be pruned", { error }),
        )
      }
      look()
    },
    close() {
      cancel?.()
      cancel = () => undefined
    },
  }
}

/** `Archived` once the archive has it; upstream's label. */
export const archivingLabel = "workflows.argoproj.io/workflow-archiving-status"

/** The key of a workflow in an archive: a later one of the same name has another. */
export function archiveKey({ metadata }: Pick<Workflow, "metadata">): string {
  return `${metadata.namespace ?? "default"}/${metadata.name ?? ""}/${metadata.uid ?? ""}`
}

/** Archives a workflow that has ended, once, with its whole status; then says so on the object. */
export async function archiveWorkflow(
  object: Stored<Workflow>,
  { cluster }: ReconcileContext,
  archive: WorkflowArchive | undefined,
  pack: Omit<PackOptions, "uid">,
): Promise<void> {
  const { labels = {}, uid, name, namespace } = object.metadata
  if (archive === undefined || labels[archivingLabel] === "Archived") return
  if (!matchesLabels(archive.labelSelector ?? {}, labels)) return
  const status = object.status && (await unpackStatus(object.status, { ...pack, uid }))
  const at = archiveKey(object)
  await archive.store.snapshot(at, status === undefined ? object : { ...object, status })
  await archive.store.release(at)
  const key: ObjectKey = namespace === undefined ? { name } : { namespace, name }
  const patch = { metadata: { uid, labels: { [archivingLabel]: "Archived" } } }
  await cluster.patch(workflows, key, { type: "merge", patch })
}
