import { apiVersionOf, type JsonObject, type Kind } from "@argo-ts/kernel"
import { compareVersions } from "../kinds/versions.js"

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]

/** Groups in the order in which Kubernetes lists them; others follow by name. */
const groupOrder = [
  "",
  "apiregistration.k8s.io",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
]

/** What `kubectl get all` lists. */
const inAll: ReadonlySet<string> = new Set([
  "pods",
  "services",
  "daemonsets",
  "deployments",
  "replicasets",
  "statefulsets",
  "horizontalpodautoscalers",
  "cronjobs",
  "jobs",
])

const scaled: ReadonlySet<string> = new Set([
  "deployments",
  "replicasets",
  "statefulsets",
  "rollouts",
])

/** A served resource or subresource. */
interface Resource {
  readonly name: string
  readonly kind: string
  readonly isNamespaced: boolean
  readonly verbs: readonly string[]
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  /** The group and version of `kind`, where it is another's. */
  readonly of?: { readonly group: string; readonly version: string }
}

/** Resources that are only ever posted: questions, not objects. */
const reviews: readonly { readonly group: string; readonly kind: string; readonly name: string }[] =
  [
    { group: "authentication.k8s.io", kind: "SelfSubjectReview", name: "selfsubjectreviews" },
    {
      group: "authorization.k8s.io",
      kind: "SelfSubjectAccessReview",
      name: "selfsubjectaccessreviews",
    },
    {
      group: "authorization.k8s.io",
      kind: "SelfSubjectRulesReview",
      name: "selfsubjectrulesreviews",
    },
  ]

function subresourcesOf(kind: Kind): readonly Resource[] {
  const base = {
    isNamespaced: kind.scope === "Namespaced",
    singular: "",
    shortNames: [],
    categories: [],
  }
  const read = ["get", "patch", "update"]
  const sub = (name: string, of: string, verbsOf: readonly string[]): Resource => ({
    ...base,
    name: `${kind.plural}/${name}`,
    kind: of,
    verbs: verbsOf,
  })
  const found: Resource[] = []
  if (kind.hasStatus) found.push(sub("status", kind.kind, read))
  if (kind.hasScale ?? scaled.has(kind.plural)) {
    found.push({ ...sub("scale", "Scale", read), of: { group: "autoscaling", version: "v1" } })
  }
  if (kind.group === "" && kind.plural === "pods") {
    found.push(sub("log", "Pod", ["get"]), sub("binding", "Binding", ["create"]), {
      ...sub("eviction", "Eviction", ["create"]),
      of: { group: "policy", version: "v1" },
    })
  }
  if (kind.group === "" && kind.plural === "serviceaccounts") {
    const of = { group: "authentication.k8s.io", version: "v1" }
    found.push({ ...sub("token", "TokenRequest", ["create"]), of })
  }
  return found
}

function resourcesOf(kinds: readonly Kind[], group: string, version: string): readonly Resource[] {
  const served = kinds
    .filter((kind) => kind.group === group && kind.version === version)
    .flatMap((kind): readonly Resource[] => [
      {
        name: kind.plural,
        kind: kind.kind,
        isNamespaced: kind.scope === "Namespaced",
        verbs,
        singular: kind.singular ?? kind.kind.toLowerCase(),
        shortNames: kind.shortNames ?? [],
        categories: kind.categories ?? (inAll.has(kind.plural) ? ["all"] : []),
      },
      ...subresourcesOf(kind),
    ])
  const asked = version === "v1" ? reviews.filter((review) => review.group === group) : []
  const posted = asked.map(({ kind, name }) => ({
    name,
    kind,
    isNamespaced: false,
    verbs: ["create"],
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
  }))
  return [...served, ...posted].toSorted((left, right) => (left.name < right.name ? -1 : 1))
}

/** Groups with their versions, in Kubernetes' order. */
function groupsOf(
  kinds: readonly Kind[],
): readonly { readonly group: string; readonly versions: readonly string[] }[] {
  const versions = new Map<string, Set<string>>()
  const note = (group: string, version: string): void => {
    versions.set(group, (versions.get(group) ?? new Set()).add(version))
  }
  for (const { group, version } of kinds) note(group, version)
  for (const { group } of reviews) note(group, "v1")
  const rank = (group: string): number => {
    const at = groupOrder.indexOf(group)
    return at < 0 ? groupOrder.length : at
  }
  return [...versions]
    .map(([group, found]) => ({ group, versions: [...found].toSorted(compareVersions) }))
    .toSorted((a, b) => rank(a.group) - rank(b.group) || (a.group < b.group ? -1 : 1))
}

function groupOf({
  group,
  versions,
}: {
  readonly group: string
  readonly versions: readonly string[]
}): JsonObject {
  const listed = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }))
  return { name: group, versions: listed, preferredVersion: listed[0] ?? {} }
}

/** `/api`, `/apis`, `/apis/GROUP`, `/api/v1` and `/apis/GROUP/VERSION` in the old form; undefined for other paths. */
export function legacyDiscovery(kinds: readonly Kind[], path: string): JsonObject | undefined {
  const groups = groupsOf(kinds)
  if (path === "/api")
    return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] }
  if (path === "/apis") {
    const named = groups.filter(({ group }) => group !== "")
    return { kind: "APIGroupList", apiVersion: "v1", groups: named.map(groupOf) }
  }
  const [, root, ...rest] = path.split("/")
  const [group = "", version, ...beyond] = root === "api" ? ["", ...rest] : rest
  if ((root !== "api" && root !== "apis") || beyond.length > 0) return undefined
  const known = groups.find((each) => each.group === group)
  if (known === undefined) return undefined
  if (version === undefined) return { kind: "APIGroup", apiVersion: "v1", ...groupOf(known) }
  if (!known.versions.includes(version)) return undefined
  const resources = resourcesOf(kinds, group, version).map((each) => ({
    name: each.name,
    singularName: each.singular,
    namespaced: each.isNamespaced,
    kind: each.kind,
    verbs: each.verbs,
    ...each.of,
    ...(each.shortNames.length > 0 && { shortNames: each.shortNames }),
    ...(each.categories.length > 0 && { categories: each.categories }),
  }))
  const groupVersion = apiVersionOf({ group, version })
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources }
}

/** `/api` and `/apis` with everything in one answer, as kubectl asks for it first. */
export function aggregatedDiscovery(
  kinds: readonly Kind[],
  path: "/api" | "/apis",
  version: "v2" | "v2beta1",
): JsonObject {
  const isCore = path === "/api"
  const items = groupsOf(kinds)
    .filter(({ group }) => (group === "") === isCore)
    .map(({ group, versions }) => ({
      metadata: isCore ? {} : { name: group },
      versions: versions.map((each) => ({
        version: each,
        freshness: "Current",
        resources: aggregatedResources(resourcesOf(kinds, group, each), { group, version: each }),
      })),
    }))
  const apiVersion = `apidiscovery.k8s.io/${version}`
  return { kind: "APIGroupDiscoveryList", apiVersion, metadata: {}, items }
}

function aggregatedResources(
  resources: readonly Resource[],
  own: { readonly group: string; readonly version: string },
): readonly JsonObject[] {
  const kindOf = ({ kind, of }: Resource): JsonObject => ({ ...(of ?? own), kind })
  return resources
    .filter(({ name }) => !name.includes("/"))
    .map((each) => ({
      resource: each.name,
      responseKind: kindOf(each),
      scope: each.isNamespaced ? "Namespaced" : "Cluster",
      singularResource: each.singular,
      verbs: each.verbs,
      ...(each.shortNames.length > 0 && { shortNames: each.shortNames }),
      ...(each.categories.length > 0 && { categories: each.categories }),
      subresources: resources
        .filter(({ name }) => name.startsWith(`${each.name}/`))
        .map((sub) => ({
          subresource: sub.name.slice(each.name.length + 1),
          responseKind: kindOf(sub),
          verbs: sub.verbs,
        })),
    })) as unknown as readonly JsonObject[]
}

/** The least OpenAPI v3 document that lets clients validate on the server: one patch path a kind. */
export function openApiOf(
  kinds: readonly Kind[],
  group: string,
  version: string,
): JsonObject | undefined {
  const served = kinds.filter((kind) => kind.group === group && kind.version === version)
  if (served.length === 0) return undefined
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`
  const parameters = [{ name: "fieldValidation", in: "query", schema: { type: "string" } }]
  const paths = served.map((kind) => {
    const scope = kind.scope === "Namespaced" ? "/namespaces/{namespace}" : ""
    const gvk = { group, version, kind: kind.kind }
    const patch = { parameters, "x-kubernetes-group-version-kind": gvk, responses: {} }
    return [`${root}${scope}/${kind.plural}/{name}`, { patch }] as const
  })
  const info = { title: "Kubernetes", version: "1.32" }
  return { openapi: "3.0.0", info, paths: Object.fromEntries(paths), components: { schemas: {} } }
}

/** `/openapi/v3`: where the documents are. */
export function openApiIndex(kinds: readonly Kind[]): JsonObject {
  const paths = groupsOf(kinds).flatMap(({ group, versions }) =>
    versions.map((version) => {
      const path = group === "" ? `api/${version}` : `apis/${group}/${version}`
      return [path, { serverRelativeURL: `/openapi/v3/${path}` }] as const
    }),
  )
  return { paths: Object.fromEntries(paths) }
}

/** The least OpenAPI v2 document, as protobuf: old kubectls ask for it and look no further. */
export const openApiV2: Buffer = Buffer.from([
  0x0a, 3, 0x32, 0x2e, 0x30, 0x12, 6, 0x0a, 1, 0x78, 0x12, 1, 0x31,
])
