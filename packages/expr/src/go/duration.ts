import { parseNanoseconds } from "@argo-ts/kernel"

export { formatNanoseconds as formatGoDuration } from "@argo-ts/kernel"

/** `time.ParseDuration` in nanoseconds; a text with the reason where it fails. */
export function parseGoDuration(text: string): bigint | string {
  const parsed = parseNanoseconds(text)
  return parsed.ok ? parsed.value : parsed.issues.map(({ message }) => message).join()
}
