import type { JsonObject, JsonValue } from "@argo-ts/kernel"
import { autoscalerCells } from "./autoscaler-row.js"
import { extensionRows } from "./extension-rows.js"
import { nodeCells } from "./node-row.js"
import { podCells } from "./pod-row.js"
import { at, countAt, listAt, textAt, textsAt } from "./reading.js"
import { shortDuration } from "./short-duration.js"

/** What a printer may know besides the object. */
export interface PrintContext {
  /** An RFC 3339 time as an age. */
  readonly age: (time: string) => string
  readonly now: number
}

/** The cells of an object by the names of their columns. */
export type Cells = { readonly [column: string]: JsonValue }

type Printer = (object: JsonObject, context: PrintContext) => Cells

function limited(texts: readonly string[], most: number, none: string): string {
  if (texts.length === 0) return none
  const shown = texts.slice(0, most).join(",")
  return texts.length > most ? `${shown} + ${texts.length - most} more...` : shown
}

/** Columns of what runs pods. */
function workload(object: JsonObject, template: readonly string[] = ["spec", "template"]): Cells {
  const containers = listAt(object, ...template, "spec", "containers")
  return {
    Containers: containers.map((each) => textAt(each, ["name"])).join(","),
    Images: containers.map((each) => textAt(each, ["image"])).join(","),
    Selector: selectorText(at(object, "spec", "selector")),
  }
}

function replicas(object: JsonObject): Cells {
  return {
    Desired: countAt(object, "spec", "replicas"),
    Current: countAt(object, "status", "replicas"),
    Ready: countAt(object, "status", "readyReplicas"),
  }
}

function labelText(labels: JsonValue | undefined): string {
  const entries = Object.entries((labels ?? {}) as JsonObject)
  return entries
    .map(([key, value]) => `${key}=${String(value)}`)
    .toSorted()
    .join(",")
}

function selectorText(selector: JsonValue | undefined): string {
  const labels = labelText(at(selector, "matchLabels"))
  const expressions = listAt(selector, "matchExpressions").map((each) => {
    const [key, operator, values] = [
      textAt(each, ["key"]),
      textAt(each, ["operator"]),
      textsAt(each, "values"),
    ]
    if (operator === "Exists") return key
    if (operator === "DoesNotExist") return `!${key}`
    return `${key} ${operator === "In" ? "in" : "notin"} (${values.join(",")})`
  })
  return [labels, ...expressions].filter((text) => text !== "").join(",") || "<none>"
}

function serviceCells(service: JsonObject): Cells {
  const type = textAt(service, ["spec", "type"], "ClusterIP")
  const ports = listAt(service, "spec", "ports").map((port) => {
    const node = countAt(port, "nodePort")
    return `${countAt(port, "port")}${node === 0 ? "" : `:${node}`}/${textAt(port, ["protocol"], "TCP")}`
  })
  const external = textsAt(service, "spec", "externalIPs").join(",")
  const balancer = listAt(service, "status", "loadBalancer", "ingress")
    .map((each) => textAt(each, ["ip"], textAt(each, ["hostname"])))
    .toSorted()
  const outside =
    type === "ExternalName"
      ? textAt(service, ["spec", "externalName"], "<none>")
      : type === "LoadBalancer"
        ? [...balancer, external].filter((text) => text !== "").join(",") || "<pending>"
        : external || "<none>"
  return {
    Type: type,
    "Cluster-IP": textAt(service, ["spec", "clusterIP"], "<none>"),
    "External-IP": outside,
    "Port(s)": ports.join(",") || "<none>",
    Selector: labelText(at(service, "spec", "selector")) || "<none>",
  }
}

function jobCells(job: JsonObject, { now }: PrintContext): Cells {
  const holds = (type: string): boolean =>
    listAt(job, "status", "conditions").some(
      (each) => each["type"] === type && each["status"] === "True",
    )
  const state = holds("Complete")
    ? "Complete"
    : holds("Failed")
      ? "Failed"
      : at(job, "metadata", "deletionTimestamp") !== undefined
        ? "Terminating"
        : holds("Suspended")
          ? "Suspended"
          : holds("FailureTarget")
            ? "FailureTarget"
            : "Running"
  const completions = at(job, "spec", "completions")
  const parallelism = countAt(job, "spec", "parallelism")
  const wanted =
    typeof completions === "number"
      ? String(completions)
      : parallelism > 1
        ? `1 of ${parallelism}`
        : "1"
  return {
    Status: state,
    Completions: `${countAt(job, "status", "succeeded")}/${wanted}`,
    Duration: durationOf(job, now),
    ...workload(job),
  }
}

function durationOf(job: JsonObject, now: number): string {
  const started = Date.parse(textAt(job, ["status", "startTime"]))
  if (Number.isNaN(started)) return ""
  const ended = Date.parse(textAt(job, ["status", "completionTime"]))
  return shortDuration((Number.isNaN(ended) ? now : ended) - started)
}

/** `cpu: 1/2, pods: 3/10`: what is used of what there is. */
function quotaText(quota: JsonObject, isLimit: boolean): string {
  const hard = (at(quota, "status", "hard") ?? at(quota, "spec", "hard") ?? {}) as JsonObject
  return Object.keys(hard)
    .filter((key) => key.startsWith("limits.") === isLimit)
    .toSorted()
    .map((key) => `${key}: ${textAt(quota, ["status", "used", key], "0")}/${String(hard[key])}`)
    .join(", ")
}

/** Addresses with each of their ports. */
function endpointTexts(endpoints: JsonObject): readonly string[] {
  return listAt(endpoints, "subsets").flatMap((subset) => {
    const ports = listAt(subset, "ports")
    const addresses = listAt(subset, "addresses").map((each) => textAt(each, ["ip"]))
    if (ports.length === 0) return addresses
    return ports.flatMap((port) => addresses.map((ip) => `${ip}:${countAt(port, "port")}`))
  })
}

function eventCells(event: JsonObject, { age }: PrintContext): Cells {
  const last = textAt(
    event,
    ["lastTimestamp"],
    textAt(event, ["eventTime"], textAt(event, ["metadata", "creationTimestamp"])),
  )
  const object = at(event, "involvedObject")
  const source = [
    textAt(event, ["source", "component"], textAt(event, ["reportingComponent"])),
    textAt(event, ["source", "host"]),
  ]
  return {
    "Last Seen": age(last),
    Type: textAt(event, ["type"]),
    Reason: textAt(event, ["reason"]),
    Object: `${textAt(object, ["kind"]).toLowerCase()}/${textAt(object, ["name"])}`,
    Subobject: textAt(object, ["fieldPath"]),
    Source: source.filter((text) => text !== "").join(", "),
    Message: textAt(event, ["message"]).trim(),
    "First Seen": age(textAt(event, ["firstTimestamp"], last)),
    Count: Math.max(1, countAt(event, "count")),
  }
}

function bindingCells(binding: JsonObject): Cells {
  const subjects = (kind: string): string =>
    listAt(binding, "subjects")
      .filter((each) => each["kind"] === kind)
      .map((each) =>
        kind === "ServiceAccount"
          ? `${textAt(each, ["namespace"])}/${textAt(each, ["name"])}`
          : textAt(each, ["name"]),
      )
      .join(", ")
  return {
    Role: `${textAt(binding, ["roleRef", "kind"])}/${textAt(binding, ["roleRef", "name"])}`,
    Users: subjects("User"),
    Groups: subjects("Group"),
    ServiceAccounts: subjects("ServiceAccount"),
  }
}

const accessModes: { readonly [mode: string]: string } = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
}

function modesOf(volume: JsonObject, ...path: readonly string[]): string {
  return textsAt(volume, ...path)
    .map((mode) => accessModes[mode] ?? mode)
    .join(",")
}

function sizeOf(object: JsonObject, ...fields: readonly string[]): number {
  return fields.reduce(
    (sum, field) => sum + Object.keys((object[field] ?? {}) as JsonObject).length,
    0,
  )
}

/** Printers by `apiVersion/Kind`; names and ages are written for all. */
export const printers: { readonly [kind: string]: Printer } = {
  "v1/Pod": podCells,
  "v1/Node": nodeCells,
  "v1/Service": serviceCells,
  "v1/Event": eventCells,
  "v1/Namespace": (object) => ({ Status: textAt(object, ["status", "phase"]) }),
  "v1/ConfigMap": (object) => ({ Data: sizeOf(object, "data", "binaryData") }),
  "v1/Secret": (object) => ({
    Type: textAt(object, ["type"]),
    Data: sizeOf(object, "data"),
  }),
  "v1/Endpoints": (object) => ({ Endpoints: limited(endpointTexts(object), 3, "<none>") }),
  "v1/ResourceQuota": (object) => ({
    Request: quotaText(object, false),
    Limit: quotaText(object, true),
  }),
  "v1/PodTemplate": (object) => ({
    ...workload(object, ["template"]),
    "Pod Labels": labelText(at(object, "template", "metadata", "labels")) || "<none>",
  }),
  "v1/ReplicationController": (object) => ({
    ...replicas(object),
    ...workload(object),
    Selector: labelText(at(object, "spec", "selector")) || "<none>",
  }),
  "v1/ServiceAccount": (object) => ({ Secrets: listAt(object, "secrets").length }),
  "v1/PersistentVolumeClaim": (object) => ({
    Status:
      at(object, "metadata", "deletionTimestamp") === undefined
        ? textAt(object, ["status", "phase"])
        : "Terminating",
    Volume: textAt(object, ["spec", "volumeName"]),
    Capacity: textAt(object, ["status", "capacity", "storage"]),
    "Access Modes": modesOf(object, "status", "accessModes"),
    StorageClass: textAt(object, ["spec", "storageClassName"]),
    VolumeAttributesClass: textAt(object, ["spec", "volumeAttributesClassName"], "<unset>"),
    VolumeMode: textAt(object, ["spec", "volumeMode"], "<unset>"),
  }),
  "v1/PersistentVolume": (object) => ({
    Capacity: textAt(object, ["spec", "capacity", "storage"]),
    "Access Modes": modesOf(object, "spec", "accessModes"),
    "Reclaim Policy": textAt(object, ["spec", "persistentVolumeReclaimPolicy"]),
    Status: textAt(object, ["status", "phase"]),
    Claim: [
      textAt(object, ["spec", "claimRef", "namespace"]),
      textAt(object, ["spec", "claimRef", "name"]),
    ]
      .filter((text) => text !== "")
      .join("/"),
    StorageClass: textAt(object, ["spec", "storageClassName"]),
    VolumeAttributesClass: textAt(object, ["spec", "volumeAttributesClassName"], "<unset>"),
    Reason: textAt(object, ["status", "reason"]),
    VolumeMode: textAt(object, ["spec", "volumeMode"], "<unset>"),
  }),
  "apps/v1/Deployment": (object) => ({
    Ready: `${countAt(object, "status", "readyReplicas")}/${countAt(object, "spec", "replicas")}`,
    "Up-to-date": countAt(object, "status", "updatedReplicas"),
    Available: countAt(object, "status", "availableReplicas"),
    ...workload(object),
  }),
  "apps/v1/ReplicaSet": (object) => ({ ...replicas(object), ...workload(object) }),
  "apps/v1/StatefulSet": (object) => ({
    Ready: `${countAt(object, "status", "readyReplicas")}/${countAt(object, "spec", "replicas")}`,
    ...workload(object),
  }),
  "apps/v1/DaemonSet": (object) => ({
    Desired: countAt(object, "status", "desiredNumberScheduled"),
    Current: countAt(object, "status", "currentNumberScheduled"),
    Ready: countAt(object, "status", "numberReady"),
    "Up-to-date": countAt(object, "status", "updatedNumberScheduled"),
    Available: countAt(object, "status", "numberAvailable"),
    "Node Selector": labelText(at(object, "spec", "template", "spec", "nodeSelector")) || "<none>",
    ...workload(object),
  }),
  "apps/v1/ControllerRevision": (object) => {
    const [owner] = listAt(object, "metadata", "ownerReferences")
    const group = textAt(owner, ["apiVersion"]).split("/")[0] ?? ""
    const controller =
      owner === undefined
        ? "<none>"
        : `${textAt(owner, ["kind"]).toLowerCase()}.${group}/${textAt(owner, ["name"])}`
    return { Controller: controller, Revision: countAt(object, "revision") }
  },
  "batch/v1/Job": jobCells,
  "batch/v1/CronJob": (object, { age }) => {
    const suspend = at(object, "spec", "suspend")
    const last = textAt(object, ["status", "lastScheduleTime"])
    return {
      Schedule: textAt(object, ["spec", "schedule"]),
      Timezone: textAt(object, ["spec", "timeZone"], "<none>"),
      Suspend: suspend === true ? "True" : suspend === false ? "False" : "<unset>",
      Active: listAt(object, "status", "active").length,
      "Last Schedule": last === "" ? "<none>" : age(last),
      ...workload(object, ["spec", "jobTemplate", "spec", "template"]),
      Selector: selectorText(at(object, "spec", "jobTemplate", "spec", "selector")),
    }
  },
  "autoscaling/v2/HorizontalPodAutoscaler": autoscalerCells,
  "networking.k8s.io/v1/Ingress": (object) => {
    const hosts = listAt(object, "spec", "rules").map((rule) => textAt(rule, ["host"], "*"))
    const addresses = listAt(object, "status", "loadBalancer", "ingress").map((each) =>
      textAt(each, ["ip"], textAt(each, ["hostname"])),
    )
    return {
      Class: textAt(object, ["spec", "ingressClassName"], "<none>"),
      Hosts: limited(hosts, 3, "*"),
      Address: addresses.join(","),
      Ports: listAt(object, "spec", "tls").length > 0 ? "80, 443" : "80",
    }
  },
  "networking.k8s.io/v1/IngressClass": (object) => ({
    Controller: textAt(object, ["spec", "controller"]),
    Parameters: textAt(object, ["spec", "parameters", "name"], "<none>"),
  }),
  "networking.k8s.io/v1/NetworkPolicy": (object) => ({
    "Pod-Selector": selectorText(at(object, "spec", "podSelector")),
  }),
  "policy/v1/PodDisruptionBudget": (object) => ({
    "Min Available": String(at(object, "spec", "minAvailable") ?? "N/A"),
    "Max Unavailable": String(at(object, "spec", "maxUnavailable") ?? "N/A"),
    "Allowed Disruptions": countAt(object, "status", "disruptionsAllowed"),
  }),
  "rbac.authorization.k8s.io/v1/RoleBinding": bindingCells,
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": bindingCells,
  "storage.k8s.io/v1/StorageClass": (object) => {
    const isDefault =
      at(object, "metadata", "annotations", "storageclass.kubernetes.io/is-default-class") ===
      "true"
    return {
      Name: textAt(object, ["metadata", "name"]) + (isDefault ? " (default)" : ""),
      Provisioner: textAt(object, ["provisioner"]),
      ReclaimPolicy: textAt(object, ["reclaimPolicy"], "Delete"),
      VolumeBindingMode: textAt(object, ["volumeBindingMode"], "Immediate"),
      AllowVolumeExpansion: at(object, "allowVolumeExpansion") === true,
    }
  },
  "scheduling.k8s.io/v1/PriorityClass": (object) => ({
    Value: countAt(object, "value"),
    "Global-Default": at(object, "globalDefault") === true,
    PreemptionPolicy: textAt(object, ["preemptionPolicy"], "PreemptLowerPriority"),
  }),
  "coordination.k8s.io/v1/Lease": (object) => ({
    Holder: textAt(object, ["spec", "holderIdentity"]),
  }),
  "discovery.k8s.io/v1/EndpointSlice": (object) => ({
    AddressType: textAt(object, ["addressType"]),
    Ports: limited(
      listAt(object, "ports").map((port) => String(at(port, "port") ?? "*")),
      3,
      "<unset>",
    ),
    Endpoints: limited(
      listAt(object, "endpoints").flatMap((each) => textsAt(each, "addresses")),
      3,
      "<unset>",
    ),
  }),
  ...extensionRows,
  "autoscaling/v1/Scale": (object) => ({
    Desired: countAt(object, "spec", "replicas"),
    Available: countAt(object, "status", "replicas"),
  }),
}
