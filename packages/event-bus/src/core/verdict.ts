import type { CloudEvent } from "../api/cloud-event.js"

/**
 * What one question about an event found: it passes, it does not, or it could not be asked. The message is made only
 * for whoever wants to read it.
 */
export type Verdict =
  | { readonly outcome: "Passed" }
  | { readonly outcome: "Refused" | "Failed"; readonly message: () => string }

/** The one passing verdict. */
export const passed: Verdict = { outcome: "Passed" }

/** It does not pass. */
export function refused(message: () => string): Verdict {
  return { outcome: "Refused", message }
}

/** It could not be asked, which rejects as well. */
export function unasked(message: () => string): Verdict {
  return { outcome: "Failed", message }
}

/** A compiled question. */
export type Judge = (event: CloudEvent) => Verdict
