import { failed, ok, type Result } from "@argo-ts/kernel"
import { type ExprIssue, Fault, issueOf, type Program } from "../issue.js"
import { compareVersions, parseVersion, type Version } from "./version.js"

interface Comparator {
  readonly operator: string
  readonly version: Version
  readonly isMinorOpen: boolean
  readonly isPatchOpen: boolean
  readonly isOpen: boolean
}

const part =
  "v?([0-9]+|x|X|\\*)(\\.([0-9]+|x|X|\\*))?(\\.([0-9]+|x|X|\\*))?(-([0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*))?(\\+([0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*))?"
const operators = "=<|=>|!=|>=|<=|~>|=|>|<|~|\\^|"
const comparator = new RegExp(`^\\s*(${operators})\\s*(${part})\\s*$`)
const find = new RegExp(`(${operators})\\s*(${part})`, "g")
const whole = new RegExp(
  `^(\\s*(${operators})\\s*(${part})\\s*)((?:\\s+|,\\s*)(${operators})\\s*(${part})\\s*)*$`,
)
const hyphen = new RegExp(`\\s*(${part})\\s+-\\s+(${part})\\s*`, "g")

/** A compiled constraint. `evaluate` takes a version, or a text that is one. */
export interface ConstraintProgram extends Program<Version | string, boolean> {
  /** The newest of the versions that satisfy it; undefined where none does. */
  readonly newest: (versions: readonly string[]) => string | undefined
}

/** Compiles a Masterminds version constraint: `>=1.2, <2 || ^3.1`. */
export function compileSemver(source: string): Result<ConstraintProgram, ExprIssue> {
  const groups: Comparator[][] = []
  for (const text of source.split("||")) {
    const group = parseGroup(text)
    if (group === undefined) {
      return failed([
        issueOf(new Fault(`improper constraint: ${JSON.stringify(source)}`, 0, "parse"), source),
      ])
    }
    groups.push(group)
  }
  const matches = (version: Version): boolean => groups.some((group) => groupHolds(group, version))
  return ok({
    source,
    references: [],
    issues: [],
    newest: (versions) => newestOf(versions, matches),
    evaluate: (given) => {
      const version = typeof given === "string" ? parseVersion(given) : given
      if (version !== undefined) return ok(matches(version))
      return failed([issueOf(new Fault("invalid semantic version"), source)])
    },
  })
}

function newestOf(
  texts: readonly string[],
  matches: (version: Version) => boolean,
): string | undefined {
  let best: Version | undefined
  for (const text of texts) {
    const version = parseVersion(text)
    if (version === undefined || !matches(version)) continue
    if (best === undefined || compareVersions(version, best) > 0) best = version
  }
  return best?.original
}

function parseGroup(text: string): Comparator[] | undefined {
  if (text.length > 2048) return undefined
  const plain = text.replace(
    hyphen,
    (_all, ...groups: string[]) => ` >= ${groups[0]}, <= ${groups[12]} `,
  )
  if (!whole.test(plain)) return undefined
  const group: Comparator[] = []
  for (const match of plain.matchAll(find)) {
    const one = parseComparator(match[0])
    if (one === undefined) return undefined
    group.push(one)
  }
  return group.length === 0 ? undefined : group
}

function isWild(text: string | undefined): boolean {
  return text === undefined || text === "" || text === "x" || text === "X" || text === "*"
}

function parseComparator(text: string): Comparator | undefined {
  const match = comparator.exec(text)
  if (match === null) return undefined
  const [, operator = "", , major, , minor, , patch] = match
  const tail = `${match[8] ?? ""}${match[11] ?? ""}`
  if (isWild(major)) {
    const version = parseVersion(`0.0.0${tail}`)
    if (version === undefined) return undefined
    return { operator, version, isMinorOpen: false, isPatchOpen: false, isOpen: true }
  }
  const isMinorOpen = isWild(minor)
  const isPatchOpen = !isMinorOpen && isWild(patch)
  const core = isMinorOpen
    ? `${major}.0.0`
    : isPatchOpen
      ? `${major}.${minor}.0`
      : `${major}.${minor}.${patch}`
  const version = parseVersion(core + tail)
  if (version === undefined) return undefined
  return { operator, version, isMinorOpen, isPatchOpen, isOpen: isMinorOpen || isPatchOpen }
}

function groupHolds(group: readonly Comparator[], version: Version): boolean {
  // Pre-releases count only where some comparator of the group names one.
  if (version.prerelease !== "" && !group.some((one) => one.version.prerelease !== "")) return false
  return group.every((one) => holds(one, version))
}

function holds(one: Comparator, version: Version): boolean {
  const order = compareVersions(version, one.version)
  switch (one.operator) {
    case "":
    case "=":
      return one.isOpen ? tilde(one, version, order) : order === 0
    case "!=":
      return one.isOpen ? !sameOpen(one, version) : order !== 0
    case ">":
      return greater(one, version, order)
    case "<":
      return order < 0
    case ">=":
    case "=>":
      return order >= 0
    case "<=":
    case "=<":
      return order <= 0 || (one.isOpen && sameOpen(one, version))
    case "~":
    case "~>":
      return tilde(one, version, order)
    default:
      return caret(one, version, order)
  }
}

function sameOpen(one: Comparator, { major, minor }: Version): boolean {
  if (major !== one.version.major) return false
  return one.isMinorOpen || minor === one.version.minor
}

function greater(one: Comparator, version: Version, order: number): boolean {
  if (!one.isOpen) return order > 0
  if (version.major !== one.version.major) return version.major > one.version.major
  if (one.isMinorOpen) return false
  if (one.isPatchOpen) return version.minor > one.version.minor
  return compareVersions(version, one.version) > 0
}

function tilde(one: Comparator, version: Version, order: number): boolean {
  if (order < 0) return false
  const { major, minor, patch } = one.version
  if (major === 0n && minor === 0n && patch === 0n && !one.isPatchOpen && !one.isMinorOpen)
    return true
  if (version.major !== major) return false
  return one.isMinorOpen || version.minor === minor
}

function caret(one: Comparator, version: Version, order: number): boolean {
  if (order < 0) return false
  const { major, minor, patch } = one.version
  if (major > 0n || one.isMinorOpen) return version.major === major
  if (version.major > 0n) return false
  if (minor > 0n || one.isPatchOpen) return version.minor === minor
  return version.minor === 0n && version.patch === patch
}
