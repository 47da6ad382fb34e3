/** A version as Masterminds/semver reads it. Parts are bigint: upstream's are 64 bits wide. */
export interface Version {
  readonly major: bigint
  readonly minor: bigint
  readonly patch: bigint
  /** Without the leading `-`; empty where there is none. */
  readonly prerelease: string
  /** Without the leading `+`. */
  readonly metadata: string
  readonly original: string
}

const loose =
  /^v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?(-([0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?(\+([0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*))?$/
const strict = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/
const max = 2n ** 64n - 1n

/** Reads a version: an optional `v`, one to three numbers, `-pre`, `+build`. Undefined for anything else. */
export function parseVersion(text: string): Version | undefined {
  if (text.length > 1024) return undefined
  const match = loose.exec(text)
  if (match === null) return undefined
  const [, major = "0", minor = ".0", patch = ".0"] = match
  const prerelease = match[5] ?? ""
  const numbers = [BigInt(major), BigInt(minor.slice(1)), BigInt(patch.slice(1))] as const
  if (numbers.some((part) => part > max)) return undefined
  if (prerelease.split(".").some((part) => /^0\d+$/.test(part))) return undefined
  return {
    major: numbers[0],
    minor: numbers[1],
    patch: numbers[2],
    prerelease,
    metadata: match[8] ?? "",
    original: text,
  }
}

/** Reads a version that SemVer 2 allows: three numbers without `v` and leading zeros. */
export function parseStrictVersion(text: string): Version | undefined {
  return strict.test(text) ? parseVersion(text) : undefined
}

/** A version in its canonical form: `1.2.3-pre+build`. */
export function formatVersion(version: Version): string {
  const { major, minor, patch, prerelease, metadata } = version
  const pre = prerelease === "" ? "" : `-${prerelease}`
  return `${major}.${minor}.${patch}${pre}${metadata === "" ? "" : `+${metadata}`}`
}

/** Order of two versions; build metadata does not count. */
export function compareVersions(left: Version, right: Version): number {
  for (const part of ["major", "minor", "patch"] as const) {
    if (left[part] !== right[part]) return left[part] < right[part] ? -1 : 1
  }
  return comparePrereleases(left.prerelease, right.prerelease)
}

function comparePrereleases(left: string, right: string): number {
  if (left === right) return 0
  if (left === "") return 1
  if (right === "") return -1
  const a = left.split(".")
  const b = right.split(".")
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const result = compareIdentifiers(a[index], b[index])
    if (result !== 0) return result
  }
  return 0
}

function compareIdentifiers(left: string | undefined, right: string | undefined): number {
  if (left === right) return 0
  if (left === undefined) return -1
  if (right === undefined) return 1
  const isNumber = (text: string): boolean => /^\d+$/.test(text) && BigInt(text) <= max
  if (isNumber(left) && isNumber(right))
    return BigInt(left) < BigInt(right) ? -1 : BigInt(left) > BigInt(right) ? 1 : 0
  if (isNumber(left)) return -1
  if (isNumber(right)) return 1
  return left < right ? -1 : 1
}

/** The next version of a level; undefined where its number is the largest there is. The next patch of a pre-release is its release. */
export function incrementVersion(
  version: Version,
  level: "major" | "minor" | "patch",
): Version | undefined {
  const none = { prerelease: "", metadata: "", original: "" }
  const { major, minor, patch, prerelease, original } = version
  const isRelease = level === "patch" && prerelease !== ""
  if (!isRelease && version[level] === max) return undefined
  const next: Version = {
    major: level === "major" ? major + 1n : major,
    minor: level === "major" ? 0n : level === "minor" ? minor + 1n : minor,
    patch: level !== "patch" ? 0n : isRelease ? patch : patch + 1n,
    ...none,
  }
  return { ...next, original: (original.startsWith("v") ? "v" : "") + formatVersion(next) }
}
