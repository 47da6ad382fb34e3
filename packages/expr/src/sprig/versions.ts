import { compileSemver, formatVersion, parseVersion, type Version } from "../semver/index.js"
import { funcOf, type GoType, stringType } from "../values/types.js"
import { GoFunc, GoStruct, type Value } from "../values/value.js"
import { int64 } from "./convert.js"
import { define, type FunctionTable, refuse, text, textOf } from "./define.js"

const versionType: GoType = { kind: "pointer", name: "*semver.Version" }

function method(answer: () => Value): GoFunc {
  return new GoFunc(funcOf({ params: [], results: [stringType] }), answer)
}

function versionStruct(version: Version, written: string): GoStruct {
  const text = formatVersion(version)
  const methods = new Map<string, GoFunc>([
    ["Major", method(() => int64(BigInt(version.major)))],
    ["Minor", method(() => int64(BigInt(version.minor)))],
    ["Patch", method(() => int64(BigInt(version.patch)))],
    ["Prerelease", method(() => /^[^-+]*-([^+]*)/.exec(text)?.[1] ?? "")],
    ["Metadata", method(() => /\+(.*)$/.exec(text)?.[1] ?? "")],
    ["Original", method(() => written)],
    ["String", method(() => text)],
  ])
  return new GoStruct(versionType, new Map(), methods, { json: text })
}

function versionOf(written: string): Version {
  return parseVersion(written) ?? refuse("invalid semantic version")
}

/** Versions. */
export const versionFunctions: FunctionTable = {
  semver: define("s", ([written]) => versionStruct(versionOf(textOf(written)), textOf(written))),
  semverCompare: define("ss", (args) => {
    const constraint = compileSemver(text(args, 0))
    if (!constraint.ok) return refuse(constraint.issues[0]?.message ?? "improper constraint")
    const holds = constraint.value.evaluate(versionOf(text(args, 1)))
    return holds.ok && holds.value
  }),
}
