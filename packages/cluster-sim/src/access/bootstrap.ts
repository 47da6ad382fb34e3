import type { JsonObject, UntypedObject } from "@argo-ts/kernel"

const group = "rbac.authorization.k8s.io"
const read = ["get", "list", "watch"]
const write = ["create", "delete", "deletecollection", "patch", "update"]

/** What `view` reads, by group. */
const viewed: { readonly [group: string]: readonly string[] } = {
  "": [
    "bindings",
    "configmaps",
    "endpoints",
    "events",
    "limitranges",
    "namespaces",
    "namespaces/status",
    "persistentvolumeclaims",
    "persistentvolumeclaims/status",
    "pods",
    "pods/log",
    "pods/status",
    "replicationcontrollers",
    "replicationcontrollers/scale",
    "replicationcontrollers/status",
    "resourcequotas",
    "resourcequotas/status",
    "serviceaccounts",
    "services",
    "services/status",
  ],
  apps: [
    "controllerrevisions",
    "daemonsets",
    "daemonsets/status",
    "deployments",
    "deployments/scale",
    "deployments/status",
    "replicasets",
    "replicasets/scale",
    "replicasets/status",
    "statefulsets",
    "statefulsets/scale",
    "statefulsets/status",
  ],
  autoscaling: ["horizontalpodautoscalers", "horizontalpodautoscalers/status"],
  batch: ["cronjobs", "cronjobs/status", "jobs", "jobs/status"],
  "discovery.k8s.io": ["endpointslices"],
  "networking.k8s.io": ["ingresses", "ingresses/status", "networkpolicies"],
  policy: ["poddisruptionbudgets", "poddisruptionbudgets/status"],
}

/** What `edit` writes, by group. */
const edited: { readonly [group: string]: readonly string[] } = {
  "": [
    "configmaps",
    "events",
    "persistentvolumeclaims",
    "pods",
    "pods/attach",
    "pods/eviction",
    "pods/exec",
    "pods/portforward",
    "pods/proxy",
    "replicationcontrollers",
    "replicationcontrollers/scale",
    "secrets",
    "serviceaccounts",
    "services",
    "services/proxy",
  ],
  apps: [
    "daemonsets",
    "deployments",
    "deployments/rollback",
    "deployments/scale",
    "replicasets",
    "replicasets/scale",
    "statefulsets",
    "statefulsets/scale",
  ],
  autoscaling: ["horizontalpodautoscalers"],
  batch: ["cronjobs", "jobs"],
  "networking.k8s.io": ["ingresses", "networkpolicies"],
  policy: ["poddisruptionbudgets"],
}

function rulesFor(
  resources: { readonly [group: string]: readonly string[] },
  verbs: readonly string[],
): readonly JsonObject[] {
  return Object.entries(resources).map(([apiGroup, names]) => ({
    apiGroups: [apiGroup],
    resources: names,
    verbs,
  }))
}

const defaults = { "kubernetes.io/bootstrapping": "rbac-defaults" }
const autoupdate = { "rbac.authorization.kubernetes.io/autoupdate": "true" }

function role(name: string, body: JsonObject, labels: JsonObject = {}): UntypedObject {
  return {
    apiVersion: `${group}/v1`,
    kind: "ClusterRole",
    metadata: { name, labels: { ...defaults, ...labels }, annotations: autoupdate },
    ...body,
  } as UntypedObject
}

/** A role that gathers the rules of those with a label, and is gathered itself. */
function aggregated(name: string, label: string, gatheredBy: readonly string[]): UntypedObject {
  const selector = { matchLabels: { [`${group}/aggregate-to-${label}`]: "true" } }
  const labels = Object.fromEntries(
    gatheredBy.map((other) => [`${group}/aggregate-to-${other}`, "true"]),
  )
  return role(name, { aggregationRule: { clusterRoleSelectors: [selector] }, rules: [] }, labels)
}

function gathered(label: string, rules: readonly JsonObject[]): UntypedObject {
  const labels = { [`${group}/aggregate-to-${label}`]: "true" }
  return role(`system:aggregate-to-${label}`, { rules }, labels)
}

/** Whoever may view may see what pods and nodes use. */
function metricsReader(): UntypedObject {
  const labels = Object.fromEntries(
    ["admin", "edit", "view"].map((label) => [`${group}/aggregate-to-${label}`, "true"]),
  )
  const rules = rulesFor({ "metrics.k8s.io": ["nodes", "pods"] }, read)
  return role("system:aggregated-metrics-reader", { rules }, labels)
}

function binding(name: string, groups: readonly string[]): UntypedObject {
  return {
    apiVersion: `${group}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name, labels: defaults, annotations: autoupdate },
    roleRef: { apiGroup: group, kind: "ClusterRole", name },
    subjects: groups.map((each) => ({ apiGroup: group, kind: "Group", name: each })),
  } as UntypedObject
}

const paths = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
const discovery = ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", ...paths]

/** The roles and bindings that every cluster begins with, as far as they are for people and programs of people. */
export function bootstrapPolicy(): readonly UntypedObject[] {
  const secrets = { apiGroups: [""], resources: ["secrets"], verbs: read }
  const impersonate = { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["impersonate"] }
  const tokens = { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] }
  const reviews = (resources: readonly string[]): JsonObject => ({
    apiGroups: ["authorization.k8s.io"],
    resources,
    verbs: ["create"],
  })
  return [
    role("cluster-admin", {
      rules: [
        { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
        { nonResourceURLs: ["*"], verbs: ["*"] },
      ],
    }),
    gathered("admin", [
      reviews(["localsubjectaccessreviews"]),
      { apiGroups: [group], resources: ["rolebindings", "roles"], verbs: [...read, ...write] },
    ]),
    gathered("edit", [secrets, impersonate, tokens, ...rulesFor(edited, write)]),
    gathered("view", rulesFor(viewed, read)),
    metricsReader(),
    aggregated("admin", "admin", []),
    aggregated("edit", "edit", ["admin"]),
    aggregated("view", "view", ["edit"]),
    role("system:basic-user", {
      rules: [
        reviews(["selfsubjectaccessreviews", "selfsubjectrulesreviews"]),
        {
          apiGroups: ["authentication.k8s.io"],
          resources: ["selfsubjectreviews"],
          verbs: ["create"],
        },
      ],
    }),
    role("system:discovery", { rules: [{ nonResourceURLs: discovery, verbs: ["get"] }] }),
    role("system:public-info-viewer", { rules: [{ nonResourceURLs: paths, verbs: ["get"] }] }),
    role("system:auth-delegator", {
      rules: [
        { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
        reviews(["subjectaccessreviews"]),
      ],
    }),
    binding("cluster-admin", ["system:masters"]),
    binding("system:basic-user", ["system:authenticated"]),
    binding("system:discovery", ["system:authenticated"]),
    binding("system:public-info-viewer", ["system:authenticated", "system:unauthenticated"]),
  ]
}
