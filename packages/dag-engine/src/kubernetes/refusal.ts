import { isClusterError, type ReconcileContext } from "@argo-ts/k8s"
import {
  formatInstant,
  isOperationError,
  type JsonObject,
  type Stored,
  thrownText,
} from "@argo-ts/kernel"
import type { Workflow } from "../api/workflow.js"
import { isLost } from "./object-writer.js"
import { completedLabel, phaseLabel } from "./status-patch.js"

/** What ends a workflow whose object cannot be run, or can no longer be written. */
export interface Refusal {
  readonly phase: "Failed" | "Error"
  readonly message: string
}

/** Who writes it. */
export interface Writing {
  readonly context: ReconcileContext
  readonly write: (patch: JsonObject) => Promise<unknown>
}

/** Writes the end of such a workflow, which is driven by nobody then; what its status says of its nodes stays. */
export async function refuse(
  object: Stored<Workflow>,
  { phase, message }: Refusal,
  by: Writing,
): Promise<undefined> {
  const at = formatInstant(by.context.clock.now())
  const { startedAt = at } = object.status ?? {}
  await by.write({
    metadata: {
      uid: object.metadata.uid,
      labels: { [phaseLabel]: phase, [completedLabel]: "true" },
    },
    status: { phase, message, startedAt, finishedAt: at },
  })
  by.context.record(object, { type: "Warning", reason: `Workflow${phase}`, message })
}

/** Gives up a workflow that was driven here; where not even that can be written, the log says so. */
export async function giveUp(
  object: Stored<Workflow>,
  refusal: Refusal,
  by: Writing,
): Promise<void> {
  const { logger } = by.context
  const { name } = object.metadata
  logger.error("a workflow can no longer be recorded", { workflow: name, error: refusal.message })
  try {
    await refuse(object, refusal, by)
  } catch (error) {
    logger.error("a workflow's end cannot be recorded", { workflow: name, error })
  }
}

/** What a workflow comes to whose status cannot be read; `undefined` for what may be better next time. */
export function unreadable(error: unknown): Refusal | undefined {
  if (!isOperationError(error) || error.code !== "CorruptStatus") return undefined
  return { phase: "Error", message: error.message }
}

/** What a workflow comes to that cannot be recorded; `undefined` where it is gone, or another replica's. */
export function unrecordable(error: unknown): Refusal | undefined {
  if (isClusterError(error, "NotFound") || isLost(error)) return undefined
  const message = thrownText(error)
  return { phase: "Error", message }
}
