import { formatVersion, incrementVersion, parseVersion, type Version } from "@argo-ts/expr/semver"
import { SizedNumber, type Value } from "@argo-ts/expr/values"
import { LookupError } from "./evaluate.js"
import { functionOf, stringType, structOf, textIn } from "./functions.js"

const uint64 = { kind: "uint64", name: "uint64" } as const

function versionValue(version: Version): Value {
  const number = (value: bigint): Value => new SizedNumber(uint64, value)
  const method = (name: string, value: () => Value) =>
    [name, functionOf({ params: [] }, value)] as const
  const next = (level: "major" | "minor" | "patch") => (): Value => {
    const following = incrementVersion(version, level)
    if (following === undefined)
      throw new LookupError(`no ${level} version follows ${formatVersion(version)}`)
    return versionValue(following)
  }
  return structOf("semver.Version", [], {
    json: formatVersion(version),
    methods: [
      method("Major", () => number(version.major)),
      method("Minor", () => number(version.minor)),
      method("Patch", () => number(version.patch)),
      method("Prerelease", () => version.prerelease),
      method("Metadata", () => version.metadata),
      method("Original", () => version.original),
      method("String", () => formatVersion(version)),
      method("IncMajor", next("major")),
      method("IncMinor", next("minor")),
      method("IncPatch", next("patch")),
    ],
  })
}

/** Which part of two versions differs first; pre-releases alone do not count, as upstream (spec/promotion §2.9.7). */
function difference(left: Version | undefined, right: Version | undefined): string {
  if (left === undefined || right === undefined) return "Incomparable"
  if (left.major !== right.major) return "Major"
  if (left.minor !== right.minor) return "Minor"
  if (left.patch !== right.patch) return "Patch"
  return left.metadata === right.metadata ? "None" : "Metadata"
}

/** `semverDiff` and `semverParse`. */
export const versionFunctions: { readonly [name: string]: Value } = {
  semverDiff: functionOf({ params: [stringType, stringType], result: stringType }, (args) => {
    const [left, right] = args.map((arg) => parseVersion(textIn(arg)))
    return difference(left, right)
  }),
  semverParse: functionOf({ params: [stringType] }, ([text]) => {
    const version = parseVersion(textIn(text))
    if (version === undefined)
      throw new LookupError(`expected a version like 1.2.3, found ${JSON.stringify(textIn(text))}`)
    return versionValue(version)
  }),
}
