import type { UntypedObject } from "@argo-ts/kernel"
import type { HealthStatusCode } from "../../api/status.js"

/** How well one object does. */
export interface Health {
  readonly status: HealthStatusCode
  readonly message?: string
}

/** Judges objects of one kind. */
export type HealthRule = (object: UntypedObject) => Health

/** A verdict; an empty message is left out. */
export function health(status: HealthStatusCode, message = ""): Health {
  return message === "" ? { status } : { status, message }
}

const badness: { readonly [status in HealthStatusCode]: number } = {
  Healthy: 0,
  Suspended: 1,
  Progressing: 2,
  Missing: 3,
  Degraded: 4,
  Unknown: 5,
}

/** True where `left` is worse than `right` (spec/gitops §1.8). */
export function isWorse(left: HealthStatusCode, right: HealthStatusCode): boolean {
  return badness[left] > badness[right]
}
