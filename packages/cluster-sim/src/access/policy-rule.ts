import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"

/** One rule of a Role or ClusterRole. */
export interface PolicyRule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames: readonly string[]
  readonly nonResourceURLs: readonly string[]
}

/** What somebody wants to do. */
export interface AccessQuestion {
  readonly verb: string
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  /** Absent: in all namespaces, or of a kind without them. */
  readonly namespace?: string
  readonly name?: string
  /** A path that is no resource, such as `/metrics`. */
  readonly path?: string
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each: JsonValue) => typeof each === "string") : []
}

/** Reads the rules of a role. */
export function readRules(value: JsonValue | undefined): readonly PolicyRule[] {
  const list = Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : []
  return list.map((raw: JsonObject) => ({
    verbs: texts(raw["verbs"]),
    apiGroups: texts(raw["apiGroups"]),
    resources: texts(raw["resources"]),
    resourceNames: texts(raw["resourceNames"]),
    nonResourceURLs: texts(raw["nonResourceURLs"]),
  }))
}

/** A rule as it is stored and shown: without what it does not say. */
export function writeRule(rule: PolicyRule): JsonObject {
  return Object.fromEntries(Object.entries(rule).filter(([, list]) => list.length > 0))
}

function has(list: readonly string[], value: string): boolean {
  return list.includes("*") || list.includes(value)
}

function hasResource(list: readonly string[], resource: string, subresource: string): boolean {
  if (list.includes("*")) return true
  if (subresource === "") return list.includes(resource)
  return list.includes(`${resource}/${subresource}`) || list.includes(`*/${subresource}`)
}

function hasPath(list: readonly string[], path: string): boolean {
  return list.some((each) =>
    each.endsWith("*") ? path.startsWith(each.slice(0, -1)) : each === path,
  )
}

/** True where a rule allows what is asked. */
export function ruleAllows(rule: PolicyRule, question: AccessQuestion): boolean {
  if (!has(rule.verbs, question.verb)) return false
  if (question.path !== undefined) return hasPath(rule.nonResourceURLs, question.path)
  const { group = "", resource = "", subresource = "", name = "" } = question
  if (!has(rule.apiGroups, group)) return false
  if (!hasResource(rule.resources, resource, subresource)) return false
  return rule.resourceNames.length === 0 || (name !== "" && rule.resourceNames.includes(name))
}

/** What one verb on one resource, name or path of a rule asks. */
function atomsOf(rule: PolicyRule): readonly AccessQuestion[] {
  const names = rule.resourceNames.length > 0 ? rule.resourceNames : [undefined]
  const resources = rule.verbs.flatMap((verb) =>
    rule.apiGroups.flatMap((group) =>
      rule.resources.flatMap((each) => {
        const [resource = "", subresource] = each.split("/")
        const place = { verb, group, resource, ...(subresource !== undefined && { subresource }) }
        return names.map((name) => ({ ...place, ...(name !== undefined && { name }) }))
      }),
    ),
  )
  const paths = rule.verbs.flatMap((verb) => rule.nonResourceURLs.map((path) => ({ verb, path })))
  return [...resources, ...paths]
}

/**
 * What of these rules nobody who holds `held` has. A right that is granted by `*` is covered only by `*`, and one on
 * everything only by a rule without names.
 */
export function uncovered(
  rules: readonly PolicyRule[],
  held: readonly PolicyRule[],
): readonly PolicyRule[] {
  return rules.flatMap((rule) => {
    const missing = atomsOf(rule).filter((atom) => !held.some((each) => ruleAllows(each, atom)))
    if (missing.length === 0) return []
    const verbs = rule.verbs.filter((verb) => missing.some((atom) => atom.verb === verb))
    const of = (list: readonly string[], read: (atom: AccessQuestion) => string): string[] =>
      list.filter((value) => missing.some((atom) => read(atom) === value))
    return [
      {
        verbs,
        apiGroups: of(rule.apiGroups, (atom) => atom.group ?? "\u0000"),
        resources: of(rule.resources, ({ resource = "", subresource }) =>
          subresource === undefined ? resource : `${resource}/${subresource}`,
        ),
        resourceNames: of(rule.resourceNames, (atom) => atom.name ?? ""),
        nonResourceURLs: of(rule.nonResourceURLs, (atom) => atom.path ?? ""),
      },
    ]
  })
}

function quoted(list: readonly string[]): string {
  return `[${list.map((each) => JSON.stringify(each)).join(" ")}]`
}

/** `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}`, as refusals print it. */
export function formatRule(rule: PolicyRule): string {
  const parts = [
    ["APIGroups", rule.apiGroups],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["Resources", rule.resources],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ] as const
  const said = parts.filter(([, list]) => list.length > 0)
  return `{${said.map(([name, list]) => `${name}:${quoted(list)}`).join(", ")}}`
}

/** `user "bob" (groups=["dev"])` */
export function formatUser(user: {
  readonly username: string
  readonly groups: readonly string[]
}): string {
  return `user ${JSON.stringify(user.username)} (groups=${quoted(user.groups)})`
}
