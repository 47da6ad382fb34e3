import type { EpochMs } from "@argo-ts/kernel"
import type { ResourceIgnoreDifferences } from "../api/application.js"
import type { OperationPhase, OperationState, SyncOperationResult } from "../api/status.js"
import type { ActionOutcome, GitopsAction } from "./actions.js"
import type { GitopsSettings } from "./settings.js"
import type { SyncTask } from "./sync-tasks.js"

/** Where one pass over a running sync stands. */
export interface SyncPass {
  readonly phase: OperationPhase
  readonly message: string
  readonly result: SyncOperationResult
  readonly actions: readonly GitopsAction[]
  readonly wakeAt?: EpochMs
}

/** What a pass looks at. */
export interface SyncPassInput {
  readonly tasks: readonly SyncTask[]
  readonly state: OperationState
  readonly revision: string
  readonly prune: boolean
  readonly isDryRun: boolean
  /** The operation asks for delete-and-create where a change is refused. */
  readonly isForced: boolean
  readonly syncOptions: readonly string[]
  /** `spec.ignoreDifferences`: what `RespectIgnoreDifferences` leaves as it is. */
  readonly ignoreDifferences: readonly ResourceIgnoreDifferences[]
  /** When somebody approved deletions: `argocd.argoproj.io/deletion-approved` of the application. */
  readonly approvedAt: EpochMs | undefined
  /** What makes the sync impossible from the start, and where (spec/gitops §2.5.7, §2.6 A). */
  readonly problems: { readonly invalid: readonly string[]; readonly dryRun: readonly string[] }
  readonly performed: { readonly [actionKey: string]: ActionOutcome }
  readonly settings: GitopsSettings
  readonly now: EpochMs
}

/** The key of what is done about a task in this attempt: equal after a restart, different in the next attempt. */
export function actionKey(input: SyncPassInput, task: SyncTask, verb: string): string {
  const attempt = input.state.retryCount ?? 0
  return `${input.state.startedAt}/${attempt}/${verb}/${task.key}`
}
