import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"

/** The rows of a golden file, or undefined where the folder does not have it. */
export function readRows(directory, name) {
  const packed = join(directory, `${name}.ndjson.gz`)
  if (!existsSync(packed)) return undefined
  const text = gunzipSync(readFileSync(packed)).toString("utf8")
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
}

/** JSON with sorted keys. */
export function canonical(value) {
  return JSON.stringify(value, (_key, inner) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** Collects what one file's rows gave. */
export function createTally(file) {
  const differences = []
  let equal = 0
  let skipped = 0
  return {
    equal: () => equal++,
    skip: () => skipped++,
    differ: (row, reason, detail) => differences.push({ row, reason, detail }),
    result: () => ({ file, equal, total: equal + differences.length, skipped, differences }),
  }
}
