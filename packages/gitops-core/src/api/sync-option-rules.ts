import type { Issue } from "@argo-ts/kernel"
import { nearestName } from "@argo-ts/kernel/validation"

const switches = ["true", "false"]

/** Sync options by name, and the values each may have. */
const known: ReadonlyMap<string, readonly string[]> = new Map([
  ["ApplyOutOfSyncOnly", switches],
  ["CreateNamespace", switches],
  ["Delete", [...switches, "confirm"]],
  ["FailOnSharedResource", switches],
  ["Force", switches],
  ["Prune", [...switches, "confirm"]],
  ["PruneLast", switches],
  ["PrunePropagationPolicy", ["foreground", "background", "orphan"]],
  ["Replace", switches],
  ["RespectIgnoreDifferences", switches],
  ["ServerSideApply", switches],
  ["SkipDryRunOnMissingResource", switches],
  ["Validate", switches],
])
const unsupported: ReadonlyMap<string, string> = new Map([
  [
    "ClientSideApplyMigration",
    "moving the ownership of client-side applied fields is not built yet",
  ],
])

/** What is wrong with a list of `Name=value` options. */
export function syncOptionIssues(
  options: readonly string[] | undefined,
  path: readonly (string | number)[],
): readonly Issue[] {
  return (options ?? []).flatMap((option, index): readonly Issue[] => {
    const [name = "", value = ""] = option.split("=", 2)
    const at = [...path, index]
    const why = unsupported.get(name)
    if (why !== undefined) {
      return [{ code: "UnsupportedField", path: at, message: `${name} is not supported: ${why}` }]
    }
    const values = known.get(name)
    if (values === undefined) {
      const near = nearestName(name, [...known.keys()])
      const issue = { code: "InvalidValue", path: at, message: `no sync option ${name} exists` }
      return [near === undefined ? issue : { ...issue, hint: `did you mean \`${near}\`?` }]
    }
    if (values.includes(value)) return []
    const finding = `expected ${values.join(" or ")}, found ${JSON.stringify(value)}`
    return [{ code: "InvalidValue", path: at, message: `${name}: ${finding}` }]
  })
}
