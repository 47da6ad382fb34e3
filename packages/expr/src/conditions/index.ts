/**
 * The `conditions` of an Events sensor's triggers: dependency names joined by `&&`, `||` and parentheses.
 *
 * @packageDocumentation
 */
import { failed, ok, type Result } from "@argo-ts/kernel"
import {
  type ExprIssue,
  Fault,
  issueOf,
  issueOfThrown,
  type Program,
  type Reference,
} from "../issue.js"

/** True for the dependencies whose event has arrived. */
export type ArrivedDependencies = ReadonlySet<string> | ((name: string) => boolean)

/** A compiled `conditions`. */
export interface ConditionsProgram extends Program<ArrivedDependencies, boolean> {
  /** Dependencies it names, in order of appearance, each once. */
  readonly dependencies: readonly string[]
  /** True where the text contains no `&`: any one event is enough, as upstream decides textually. */
  readonly isOrOnly: boolean
}

/** Which dependencies exist. */
export interface ConditionsOptions {
  /** Dependency names of the sensor; without them any name is accepted. */
  readonly dependencies?: readonly string[]
}

type Test = (arrived: (name: string) => boolean) => boolean

interface Reader {
  readonly source: string
  readonly known: ReadonlySet<string> | undefined
  readonly references: Reference[]
  at: number
  depth: number
}

const name = /[A-Za-z_][A-Za-z0-9_-]*/y
const maxDepth = 200

/** Compiles a `conditions` text. */
export function compileConditions(
  source: string,
  options: ConditionsOptions = {},
): Result<ConditionsProgram, ExprIssue> {
  const known = options.dependencies === undefined ? undefined : new Set(options.dependencies)
  const reader: Reader = { source, known, references: [], at: 0, depth: 0 }
  try {
    const test = readOr(reader)
    if (reader.at < source.length) fail(reader)
    return ok({
      source,
      references: reader.references,
      issues: [],
      dependencies: [...new Set(reader.references.map(({ path }) => path[0] ?? ""))],
      isOrOnly: !source.includes("&"),
      evaluate: (arrived) => {
        try {
          return ok(test(typeof arrived === "function" ? arrived : (wanted) => arrived.has(wanted)))
        } catch (thrown) {
          return failed([issueOfThrown(thrown, source)])
        }
      },
    })
  } catch (thrown) {
    return failed([issueOfThrown(thrown, source)])
  }
}

/** The `conditions` that stands where none is written: all dependencies. */
export function conditionsOf(dependencies: readonly string[]): string {
  return dependencies.join(" && ")
}

function fail(reader: Reader): never {
  const found =
    reader.at < reader.source.length ? JSON.stringify(reader.source[reader.at]) : "the end"
  throw new Fault(
    `expected a dependency name, "&&", "||" or a parenthesis, found ${found}`,
    reader.at,
    "parse",
  )
}

function skip(reader: Reader, text: string): boolean {
  while (/\s/.test(reader.source[reader.at] ?? "")) reader.at++
  if (text === "" || !reader.source.startsWith(text, reader.at)) return false
  reader.at += text.length
  while (/\s/.test(reader.source[reader.at] ?? "")) reader.at++
  return true
}

function readOr(reader: Reader): Test {
  const parts = [readAnd(reader)]
  while (skip(reader, "||")) parts.push(readAnd(reader))
  return parts.length === 1 ? (parts[0] as Test) : (arrived) => parts.some((part) => part(arrived))
}

function readAnd(reader: Reader): Test {
  const parts = [readPrimary(reader)]
  while (skip(reader, "&&")) parts.push(readPrimary(reader))
  return parts.length === 1 ? (parts[0] as Test) : (arrived) => parts.every((part) => part(arrived))
}

function readPrimary(reader: Reader): Test {
  if (skip(reader, "(")) {
    if (++reader.depth > maxDepth)
      throw new Fault("the conditions are nested too deeply", reader.at, "budget")
    const inner = readOr(reader)
    reader.depth--
    if (!skip(reader, ")")) fail(reader)
    return inner
  }
  name.lastIndex = reader.at
  const match = name.exec(reader.source)
  if (match === null) fail(reader)
  const [wanted] = match
  const offset = reader.at
  if (reader.known !== undefined && !reader.known.has(wanted)) {
    const issue = issueOf(
      new Fault(`conditions name dependency "${wanted}", which does not exist`, offset),
      reader.source,
    )
    throw new Fault(issue.message, offset, "check", "UnknownDependency")
  }
  reader.references.push({
    path: [wanted],
    guarded: false,
    dynamic: false,
    offset,
    length: wanted.length,
  })
  reader.at += wanted.length
  skip(reader, "")
  return (arrived) => arrived(wanted)
}
