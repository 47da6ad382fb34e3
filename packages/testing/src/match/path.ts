import { failed, isJsonObject, ok, own, type Result } from "@argo-ts/kernel"

/** One step of a path: a field, a list index, or the list element whose field has that value. */
export type PathStep =
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "index"; readonly index: number }
  | { readonly type: "where"; readonly field: string; readonly value: string }

const field = /^[^.[\]]+/
const index = /^\[(-?\d+)\]/
const quoted = /^\["((?:[^"\\]|\\.)*)"\]/
const where = /^\[([A-Za-z_][\w-]*)=([^\]]*)\]/

function nextStep(text: string): { readonly step: PathStep; readonly length: number } | undefined {
  const isField = field.exec(text)
  if (isField !== null)
    return { step: { type: "field", name: isField[0] }, length: isField[0].length }
  const isIndex = index.exec(text)
  if (isIndex !== null) {
    return { step: { type: "index", index: Number(isIndex[1]) }, length: isIndex[0].length }
  }
  const isQuoted = quoted.exec(text)
  if (isQuoted !== null) {
    const name = (isQuoted[1] as string).replace(/\\(.)/g, "$1")
    return { step: { type: "field", name }, length: isQuoted[0].length }
  }
  const isWhere = where.exec(text)
  if (isWhere === null) return undefined
  const step: PathStep = { type: "where", field: isWhere[1] as string, value: isWhere[2] as string }
  return { step, length: isWhere[0].length }
}

/**
 * Reads a path: `status.phase`, `spec.containers[0].image`, `status.conditions[type=Ready].status`,
 * `metadata.labels["app.kubernetes.io/name"]`. Negative indexes count from the end.
 */
export function parsePath(text: string): Result<readonly PathStep[]> {
  const steps: PathStep[] = []
  let rest = text
  while (rest !== "") {
    const found = nextStep(rest)
    if (found === undefined) break
    steps.push(found.step)
    rest = rest.slice(found.length)
    if (rest.startsWith(".") && rest.length > 1) rest = rest.slice(1)
    else if (rest !== "" && !rest.startsWith("[")) break
  }
  if (rest === "" && steps.length > 0) return ok(steps)
  const message = `expected a path like status.conditions[type=Ready].status, found ${JSON.stringify(text)}`
  return failed([{ code: "InvalidValue", path: [], message }])
}

/** What lies at a path; `undefined` where any step leads nowhere. */
export function readPath(value: unknown, steps: readonly PathStep[]): unknown {
  let current = value
  for (const step of steps) {
    if (step.type === "field") {
      current = isJsonObject(current) ? own(current, step.name) : undefined
    } else if (!Array.isArray(current)) return undefined
    else if (step.type === "index") current = current.at(step.index)
    else {
      current = current.find(
        (item) => isJsonObject(item) && String(own(item, step.field)) === step.value,
      )
    }
  }
  return current
}
