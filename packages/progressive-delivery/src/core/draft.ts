import { type EpochMs, formatInstant, parseInstant } from "@argo-ts/kernel"
import type {
  BlueGreenStatus,
  CanaryStatus,
  PauseCondition,
  PauseReason,
  RolloutStatus,
} from "../api/rollout-status.js"

/** A status being written: fields may be set to undefined, which drops them. */
export type Draft = { -readonly [Field in keyof RolloutStatus]?: RolloutStatus[Field] | undefined }

/** Drops fields that are undefined, so that an unchanged status is equal to the recorded one. */
export function dropUndefined<Value extends object>(
  value: Value,
): {
  [Field in keyof Value]: Exclude<Value[Field], undefined>
} {
  const kept = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(kept) as { [Field in keyof Value]: Exclude<Value[Field], undefined> }
}

/** Changes fields of `status.canary`; undefined drops one. */
export function setCanary(
  draft: Draft,
  change: { readonly [Field in keyof CanaryStatus]?: CanaryStatus[Field] | undefined },
): void {
  const next = dropUndefined({ ...draft.canary, ...change }) as CanaryStatus
  draft.canary = Object.keys(next).length === 0 ? undefined : next
}

/** Changes fields of `status.blueGreen`; undefined drops one. */
export function setBlueGreen(
  draft: Draft,
  change: { readonly [Field in keyof BlueGreenStatus]?: BlueGreenStatus[Field] | undefined },
): void {
  const next = dropUndefined({ ...draft.blueGreen, ...change }) as BlueGreenStatus
  draft.blueGreen = Object.keys(next).length === 0 ? undefined : next
}

/** The pause for that reason, if there is one. */
export function pauseOf(
  status: { readonly pauseConditions?: readonly PauseCondition[] | undefined },
  reason: PauseReason,
): PauseCondition | undefined {
  return status.pauseConditions?.find((condition) => condition.reason === reason)
}

/** When the pause for that reason began. */
export function pausedSince(draft: Draft, reason: PauseReason): EpochMs | undefined {
  const text = draft.pauseConditions?.find((condition) => condition.reason === reason)?.startTime
  const parsed = text === undefined ? undefined : parseInstant(text)
  return parsed?.ok === true ? parsed.value : undefined
}

/** Adds a reason to wait, once. */
export function addPause(draft: Draft, reason: PauseReason, now: EpochMs): void {
  const conditions = draft.pauseConditions ?? []
  draft.controllerPause = true
  if (conditions.some((condition) => condition.reason === reason)) return
  draft.pauseConditions = [...conditions, { reason, startTime: formatInstant(now) }]
}

/** Takes a reason to wait away; without any left the controller no longer pauses. */
export function removePause(draft: Draft, reason: PauseReason): void {
  const rest = (draft.pauseConditions ?? []).filter((condition) => condition.reason !== reason)
  draft.pauseConditions = rest.length === 0 ? undefined : rest
  if (rest.length === 0) draft.controllerPause = undefined
}

/** Takes every reason to wait away. */
export function clearPauses(draft: Draft): void {
  draft.pauseConditions = undefined
  draft.controllerPause = undefined
}
