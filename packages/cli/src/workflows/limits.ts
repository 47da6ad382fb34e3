import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { compareText, isJsonObject, type JsonValue } from "@argo-ts/kernel"
import { CliError } from "../io.js"

/*
 * How many may hold a semaphore, for the runs of a directory: what ConfigMaps, and rows of the database, are to a cluster. One
 * JSON file, a mapping of the names of locks to numbers.
 */

function fileOf(directory: string): string {
  return join(directory, "limits.json")
}

/** The limits of a directory, by the name of the lock. */
export function readLimits(directory: string): ReadonlyMap<string, number> {
  const file = fileOf(directory)
  if (!existsSync(file)) return new Map()
  const value = parse(file)
  if (!isJsonObject(value)) throw broken(file, "a mapping of locks to numbers")
  return new Map(
    Object.entries(value).map(([lock, limit]) => {
      if (typeof limit === "number" && Number.isSafeInteger(limit)) return [lock, limit] as const
      throw broken(file, `a whole number at ${JSON.stringify(lock)}`)
    }),
  )
}

/** Replaces the limits of a directory, all or nothing. */
export function writeLimits(directory: string, limits: ReadonlyMap<string, number>): void {
  const file = fileOf(directory)
  const sorted = [...limits].toSorted(([left], [right]) => compareText(left, right))
  const next = `${file}.${process.pid}.new`
  writeFileSync(next, `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`)
  renameSync(next, file)
}

function parse(file: string): JsonValue {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as JsonValue
  } catch {
    throw broken(file, "JSON")
  }
}

function broken(file: string, expected: string): CliError {
  return new CliError("InvalidFile", `${file}: expected ${expected}; sync writes it`)
}
