import { parseDuration } from "@argo-ts/kernel"

/** Bare digits are seconds, everything else is a Go duration (spec/rollouts §2.6.3); undefined where it is neither. */
export function parseDurationMs(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const parsed = parseDuration(text)
  return parsed.ok ? parsed.value : undefined
}
