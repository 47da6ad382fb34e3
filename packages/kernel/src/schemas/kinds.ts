import { defineKind, type Kind } from "../object.js"

type Scope = "Namespaced" | "Cluster"

/** group/version, then kind, plural, scope, whether status is a subresource, short names. */
type Row = readonly [string, string, Scope, boolean, ...string[]]

const rows: { readonly [apiVersion: string]: readonly Row[] } = {
  v1: [
    ["ConfigMap", "configmaps", "Namespaced", false, "cm"],
    ["Endpoints", "endpoints", "Namespaced", false, "ep"],
    ["Event", "events", "Namespaced", false, "ev"],
    ["LimitRange", "limitranges", "Namespaced", false, "limits"],
    ["Namespace", "namespaces", "Cluster", true, "ns"],
    ["Node", "nodes", "Cluster", true, "no"],
    ["PersistentVolume", "persistentvolumes", "Cluster", true, "pv"],
    ["PersistentVolumeClaim", "persistentvolumeclaims", "Namespaced", true, "pvc"],
    ["Pod", "pods", "Namespaced", true, "po"],
    ["PodTemplate", "podtemplates", "Namespaced", false],
    ["ReplicationController", "replicationcontrollers", "Namespaced", true, "rc"],
    ["ResourceQuota", "resourcequotas", "Namespaced", true, "quota"],
    ["Secret", "secrets", "Namespaced", false],
    ["Service", "services", "Namespaced", true, "svc"],
    ["ServiceAccount", "serviceaccounts", "Namespaced", false, "sa"],
  ],
  "admissionregistration.k8s.io/v1": [
    ["MutatingWebhookConfiguration", "mutatingwebhookconfigurations", "Cluster", false],
    ["ValidatingAdmissionPolicy", "validatingadmissionpolicies", "Cluster", true],
    ["ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", "Cluster", false],
    ["ValidatingWebhookConfiguration", "validatingwebhookconfigurations", "Cluster", false],
  ],
  "apiextensions.k8s.io/v1": [
    ["CustomResourceDefinition", "customresourcedefinitions", "Cluster", true, "crd", "crds"],
  ],
  "apiregistration.k8s.io/v1": [["APIService", "apiservices", "Cluster", true]],
  "apps/v1": [
    ["ControllerRevision", "controllerrevisions", "Namespaced", false],
    ["DaemonSet", "daemonsets", "Namespaced", true, "ds"],
    ["Deployment", "deployments", "Namespaced", true, "deploy"],
    ["ReplicaSet", "replicasets", "Namespaced", true, "rs"],
    ["StatefulSet", "statefulsets", "Namespaced", true, "sts"],
  ],
  "autoscaling/v2": [
    ["HorizontalPodAutoscaler", "horizontalpodautoscalers", "Namespaced", true, "hpa"],
  ],
  "batch/v1": [
    ["CronJob", "cronjobs", "Namespaced", true, "cj"],
    ["Job", "jobs", "Namespaced", true],
  ],
  "certificates.k8s.io/v1": [
    ["CertificateSigningRequest", "certificatesigningrequests", "Cluster", true, "csr"],
  ],
  "coordination.k8s.io/v1": [["Lease", "leases", "Namespaced", false]],
  "discovery.k8s.io/v1": [["EndpointSlice", "endpointslices", "Namespaced", false]],
  "flowcontrol.apiserver.k8s.io/v1": [
    ["FlowSchema", "flowschemas", "Cluster", true],
    ["PriorityLevelConfiguration", "prioritylevelconfigurations", "Cluster", true],
  ],
  "networking.k8s.io/v1": [
    ["Ingress", "ingresses", "Namespaced", true, "ing"],
    ["IngressClass", "ingressclasses", "Cluster", false],
    ["NetworkPolicy", "networkpolicies", "Namespaced", false, "netpol"],
  ],
  "node.k8s.io/v1": [["RuntimeClass", "runtimeclasses", "Cluster", false]],
  "policy/v1": [["PodDisruptionBudget", "poddisruptionbudgets", "Namespaced", true, "pdb"]],
  "rbac.authorization.k8s.io/v1": [
    ["ClusterRole", "clusterroles", "Cluster", false],
    ["ClusterRoleBinding", "clusterrolebindings", "Cluster", false],
    ["Role", "roles", "Namespaced", false],
    ["RoleBinding", "rolebindings", "Namespaced", false],
  ],
  "scheduling.k8s.io/v1": [["PriorityClass", "priorityclasses", "Cluster", false, "pc"]],
  "storage.k8s.io/v1": [
    ["CSIDriver", "csidrivers", "Cluster", false],
    ["CSINode", "csinodes", "Cluster", false],
    ["CSIStorageCapacity", "csistoragecapacities", "Namespaced", false],
    ["StorageClass", "storageclasses", "Cluster", false, "sc"],
    ["VolumeAttachment", "volumeattachments", "Cluster", true],
  ],
}

function toKind(apiVersion: string, row: Row): Kind {
  const [kind, plural, scope, hasStatus, ...shortNames] = row
  const slash = apiVersion.indexOf("/")
  const group = slash < 0 ? "" : apiVersion.slice(0, slash)
  const names = shortNames.length > 0 ? { shortNames } : {}
  const version = apiVersion.slice(slash + 1)
  return defineKind({ group, version, kind, plural, scope, hasStatus, ...names })
}

/** The stable built-in kinds of Kubernetes that argo-ts meets, sorted by group and kind. */
export const builtInKinds: readonly Kind[] = Object.entries(rows).flatMap(([apiVersion, kinds]) =>
  kinds.map((row) => toKind(apiVersion, row)),
)

/** The built-in kind of that `apiVersion` and `kind`, if it is one. */
export function builtInKind(apiVersion: string, kind: string): Kind | undefined {
  return builtInKinds.find(
    (entry) =>
      entry.kind === kind &&
      (entry.group === "" ? entry.version : `${entry.group}/${entry.version}`) === apiVersion,
  )
}
