import type { LogEntry } from "@argo-ts/kernel"

/** What happened, to what and why, in a line: `error: reconcile failed (controller jobs, key a/b): ClusterError: …` */
export function formatLogEntry({ level, message, fields }: LogEntry): string {
  const { error, ...facts } = fields
  const named = Object.entries(facts).map(([name, value]) => `${name} ${String(value)}`)
  const about = named.length === 0 ? "" : ` (${named.join(", ")})`
  return `${level}: ${message}${about}${error === undefined ? "" : `: ${String(error)}`}\n`
}
