import { apiVersionOf, type JsonObject, type Kind } from "@argo-ts/kernel"
import { isComputedKind } from "../metrics/computed-kinds.js"
import { isMetricsKind } from "../metrics/metrics-kinds.js"

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
  "flowcontrol.apiserver.k8s.io",
]

/** What `kubectl get all` lists. */
const inAll: ReadonlySet<string> = new Set([
  "pods",
  "replicationcontrollers",
  "services",
  "daemonsets",
  "deployments",
  "replicasets",
  "statefulsets",
  "horizontalpodautoscalers",
  "cronjobs",
  "jobs",
])

/** What describes the API itself. */
const inExtensions: ReadonlySet<string> = new Set([
  "apiservices",
  "customresourcedefinitions",
  "mutatingwebhookconfigurations",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "validatingwebhookconfigurations",
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

/** Resources that are only ever posted: questions and orders, not objects. */
const posted: readonly {
  readonly group: string
  readonly kind: string
  readonly isNamespaced: boolean
}[] = [
  { group: "", kind: "Binding", isNamespaced: true },
  { group: "authentication.k8s.io", kind: "SelfSubjectReview", isNamespaced: false },
  { group: "authentication.k8s.io", kind: "TokenReview", isNamespaced: false },
  { group: "authorization.k8s.io", kind: "LocalSubjectAccessReview", isNamespaced: true },
  { group: "authorization.k8s.io", kind: "SelfSubjectAccessReview", isNamespaced: false },
  { group: "authorization.k8s.io", kind: "SelfSubjectRulesReview", isNamespaced: false },
  { group: "authorization.k8s.io", kind: "SubjectAccessReview", isNamespaced: false },
]

/** True for a path of what is posted and never kept: it can be asked nothing else. */
export function isPosted(path: string): boolean {
  const [, root, ...rest] = path.replace(/\/$/, "").split("/")
  const [group, version, ...more] = root === "api" ? ["", ...rest] : rest
  const isIn = more[0] === "namespaces" && more.length === 3
  const [plural, ...beyond] = isIn ? more.slice(2) : more
  return posted.some(
    (each) =>
      each.group === group &&
      version === "v1" &&
      `${each.kind.toLowerCase()}s` === plural &&
      each.isNamespaced === isIn &&
      beyond.length === 0,
  )
}

/** True for groups of a real server, whether or not they keep anything. */
export function isBuiltInGroup(group: string): boolean {
  return groupOrder.includes(group)
}

interface Subresource {
  readonly name: string
  readonly kind: string
  readonly verbs: readonly string[]
  readonly of?: { readonly group: string; readonly version: string }
}

const connects = ["create", "get"]
const scale: Subresource = {
  name: "scale",
  kind: "Scale",
  verbs: ["get", "patch", "update"],
  of: { group: "autoscaling", version: "v1" },
}

/** Passes requests on to what listens behind an object: named, and refused when it is asked for. */
function proxy(kind: string): Subresource {
  return { name: "proxy", kind, verbs: ["create", "delete", "get", "patch", "update"] }
}

/** Subresources besides `status`, by `group/plural`. */
const subresources: { readonly [id: string]: readonly Subresource[] } = {
  "/namespaces": [{ name: "finalize", kind: "Namespace", verbs: ["update"] }],
  "/nodes": [proxy("NodeProxyOptions")],
  "/pods": [
    { name: "attach", kind: "PodAttachOptions", verbs: connects },
    { name: "binding", kind: "Binding", verbs: ["create"] },
    { name: "ephemeralcontainers", kind: "Pod", verbs: ["get", "patch", "update"] },
    {
      name: "eviction",
      kind: "Eviction",
      verbs: ["create"],
      of: { group: "policy", version: "v1" },
    },
    { name: "exec", kind: "PodExecOptions", verbs: connects },
    { name: "log", kind: "Pod", verbs: ["get"] },
    { name: "portforward", kind: "PodPortForwardOptions", verbs: connects },
    proxy("PodProxyOptions"),
  ],
  "/replicationcontrollers": [scale],
  "/serviceaccounts": [
    {
      name: "token",
      kind: "TokenRequest",
      verbs: ["create"],
      of: { group: "authentication.k8s.io", version: "v1" },
    },
  ],
  "/services": [proxy("ServiceProxyOptions")],
  "apps/deployments": [scale],
  "apps/replicasets": [scale],
  "apps/statefulsets": [scale],
  "argoproj.io/rollouts": [scale],
  "certificates.k8s.io/certificatesigningrequests": [
    { name: "approval", kind: "CertificateSigningRequest", verbs: ["get", "patch", "update"] },
  ],
}

function subresourcesOf(kind: Kind): readonly Resource[] {
  const read = ["get", "patch", "update"]
  const status = kind.hasStatus ? [{ name: "status", kind: kind.kind, verbs: read }] : []
  const own = kind.hasScale === true ? [scale] : []
  const more = subresources[`${kind.group}/${kind.plural}`] ?? own
  return [...status, ...more].map((sub) => ({
    ...sub,
    name: `${kind.plural}/${sub.name}`,
    isNamespaced: kind.scope === "Namespaced",
    singular: "",
    shortNames: [],
    categories: [],
  }))
}

/** What a subresource may be asked; undefined where the kind has none of that name. */
export function subresourceVerbs(kind: Kind, subresource: string): readonly string[] | undefined {
  return subresourcesOf(kind).find(({ name }) => name === `${kind.plural}/${subresource}`)?.verbs
}

function categoriesOf(kind: Kind): readonly string[] {
  const { plural, categories } = kind
  if (categories !== undefined) return categories
  // Metrics are called as what they are of.
  if (isMetricsKind(kind)) return []
  if (inAll.has(plural)) return ["all"]
  return inExtensions.has(plural) ? ["api-extensions"] : []
}

function verbsOf(kind: Kind): readonly string[] {
  if (isComputedKind(kind)) return ["get", "list"]
  // A namespace goes alone.
  const isAlone = kind.group === "" && kind.plural === "namespaces"
  return isAlone ? verbs.filter((verb) => verb !== "deletecollection") : verbs
}

function resourcesOf(kinds: readonly Kind[], group: string, version: string): readonly Resource[] {
  const served = kinds
    .filter((kind) => kind.group === group && kind.version === version)
    .flatMap((kind): readonly Resource[] => [
      {
        name: kind.plural,
        kind: kind.kind,
        isNamespaced: kind.scope === "Namespaced",
        verbs: verbsOf(kind),
        singular: isMetricsKind(kind) ? "" : (kind.singular ?? kind.kind.toLowerCase()),
        shortNames: kind.shortNames ?? [],
        categories: categoriesOf(kind),
      },
      ...subresourcesOf(kind),
    ])
  const asked = posted.filter((each) => version === "v1" && each.group === group)
  const reviews = asked.map(({ kind, isNamespaced }) => ({
    name: `${kind.toLowerCase()}s`,
    kind,
    isNamespaced,
    verbs: ["create"],
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
  }))
  return [...served, ...reviews].toSorted((left, right) => (left.name < right.name ? -1 : 1))
}

/** `v2` before `v1` before `v1beta2` before `v1alpha1`: as Kubernetes prefers them. */
function compareVersions(left: string, right: string): number {
  const rank = (version: string): readonly number[] => {
    const [, major = "0", stage, minor = "0"] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? []
    return [stage === undefined ? 2 : stage === "beta" ? 1 : 0, Number(major), Number(minor)]
  }
  const [a, b] = [rank(left), rank(right)]
  const at = a.findIndex((value, index) => value !== b[index])
  return at < 0 ? 0 : (b[at] ?? 0) - (a[at] ?? 0)
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
  for (const { group } of posted) note(group, "v1")
  const rank = (group: string): number => {
    const at = groupOrder.indexOf(group)
    return at < 0 ? groupOrder.length : at
  }
  return [...versions]
    .map(([group, found]) => ({ group, versions: [...found].toSorted(compareVersions) }))
    .toSorted((a, b) => rank(a.group) - rank(b.group) || (a.group < b.group ? -1 : 1))
}

/** `/apis/apps`, `/apis/apps/v1`, …: where discovery tells of what is served. */
export function discoveryPaths(kinds: readonly Kind[]): readonly string[] {
  const found = groupsOf(kinds).flatMap(({ group, versions }) => {
    const root = group === "" ? "/api" : `/apis/${group}`
    return [root, ...versions.map((version) => `${root}/${version}`)]
  })
  return ["/apis", ...found]
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
export function legacyDiscovery(
  kinds: readonly Kind[],
  path: string,
  host: string,
): JsonObject | undefined {
  const groups = groupsOf(kinds)
  if (path === "/api")
    return {
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: host }],
    }
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
