import { existsSync, realpathSync } from "node:fs"
import { basename, dirname, join, resolve, sep } from "node:path"
import { type JsonValue, OperationError } from "@argo-ts/kernel"
import { isInnerPath } from "../api/step-config.js"

function refuse(path: string): never {
  const message = `expected a path inside the work directory, found ${JSON.stringify(path)}`
  throw new OperationError(message, { code: "PathOutside", retryable: false })
}

/**
 * Where a path of a configuration lies in the work directory. Refuses `..`, absolute paths, and links that lead out —
 * also for files that do not exist yet: their nearest existing directory decides.
 */
export function innerPath(directory: string, value: JsonValue | undefined): string {
  const path = typeof value === "string" ? value : ""
  if (!isInnerPath(path)) refuse(path)
  const root = realpathSync(directory)
  const target = resolve(root, path)
  let existing = target
  const rest: string[] = []
  while (!existsSync(existing) && existing !== root) {
    rest.unshift(basename(existing))
    existing = dirname(existing)
  }
  const real = join(realpathSync(existing), ...rest)
  if (real !== root && !real.startsWith(root + sep)) refuse(path)
  return real
}
