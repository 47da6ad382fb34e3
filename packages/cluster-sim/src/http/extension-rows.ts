import type { JsonObject } from "@argo-ts/kernel"
import type { Cells } from "./printers.js"
import { at, countAt, listAt, textAt, textsAt } from "./reading.js"
import { shortDuration } from "./short-duration.js"

function yesOrNo(object: JsonObject, field: string): boolean {
  return at(object, "spec", field) === true
}

/** `Pending`, or what was decided, and whether the certificate is there. */
function stateOf(request: JsonObject): string {
  const types = listAt(request, "status", "conditions").map((each) => textAt(each, ["type"]))
  const decided = ["Approved", "Denied"].filter((type) => types.includes(type))
  const isIssued = textAt(request, ["status", "certificate"]) !== ""
  const words = [
    ...(decided.length === 0 ? ["Pending"] : decided),
    ...(types.includes("Failed") ? ["Failed"] : []),
    ...(isIssued ? ["Issued"] : []),
  ]
  return words.join(",")
}

function requestedFor(request: JsonObject): string {
  const seconds = countAt(request, "spec", "expirationSeconds")
  return seconds === 0 ? "<none>" : shortDuration(seconds * 1000)
}

function conditionOf(object: JsonObject, type: string): JsonObject {
  const conditions = listAt(object, "status", "conditions")
  return conditions.find((each) => textAt(each, ["type"]) === type) ?? {}
}

function numberOrNone(object: JsonObject, ...path: readonly string[]): string {
  const value = at(object, ...path)
  return typeof value === "number" ? `${value}` : "<none>"
}

/** The cells of kinds that extend a cluster, by their versions and names. */
export const extensionRows: {
  readonly [id: string]: (object: JsonObject) => Cells
} = {
  "v1/PodTemplate": (object) => {
    const containers = listAt(object, "template", "spec", "containers")
    const labels = Object.entries(
      (at(object, "template", "metadata", "labels") ?? {}) as JsonObject,
    )
    return {
      Containers: containers.map((each) => textAt(each, ["name"])).join(","),
      Images: containers.map((each) => textAt(each, ["image"])).join(","),
      "Pod Labels": labels.map(([key, value]) => `${key}=${String(value)}`).join(",") || "<none>",
    }
  },
  "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration": (object) => ({
    Webhooks: listAt(object, "webhooks").length,
  }),
  "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration": (object) => ({
    Webhooks: listAt(object, "webhooks").length,
  }),
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy": (object) => {
    const [version, kind] = ["apiVersion", "kind"].map((field) =>
      textAt(object, ["spec", "paramKind", field]),
    )
    return {
      Validations: listAt(object, "spec", "validations").length,
      ParamKind: kind === "" ? "<unset>" : `${version}/${kind}`,
    }
  },
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding": (object) => {
    const [namespace, name] = ["namespace", "name"].map((field) =>
      textAt(object, ["spec", "paramRef", field]),
    )
    return {
      PolicyName: textAt(object, ["spec", "policyName"]),
      ParamRef: name === "" ? "<unset>" : namespace === "" ? `${name}` : `${namespace}/${name}`,
    }
  },
  "apiregistration.k8s.io/v1/APIService": (object) => {
    const [namespace, name] = ["namespace", "name"].map((field) =>
      textAt(object, ["spec", "service", field]),
    )
    const available = conditionOf(object, "Available")
    const status = textAt(available, ["status"])
    const reason = textAt(available, ["reason"])
    return {
      Service: name === "" ? "Local" : `${namespace}/${name}`,
      Available: status === "" ? "Unknown" : status === "True" ? status : `${status} (${reason})`,
    }
  },
  "certificates.k8s.io/v1/CertificateSigningRequest": (object) => ({
    SignerName: textAt(object, ["spec", "signerName"], "<none>"),
    Requestor: textAt(object, ["spec", "username"]),
    RequestedDuration: requestedFor(object),
    Condition: stateOf(object),
  }),
  "flowcontrol.apiserver.k8s.io/v1/FlowSchema": (object) => ({
    PriorityLevel: textAt(object, ["spec", "priorityLevelConfiguration", "name"]),
    MatchingPrecedence: `${countAt(object, "spec", "matchingPrecedence")}`,
    DistinguisherMethod: textAt(object, ["spec", "distinguisherMethod", "type"], "<none>"),
    MissingPL: textAt(conditionOf(object, "Dangling"), ["status"], "?"),
  }),
  "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration": (object) => {
    const limits = ["spec", "limited"] as const
    const queues = [...limits, "limitResponse", "queuing"] as const
    return {
      Type: textAt(object, ["spec", "type"]),
      NominalConcurrencyShares: numberOrNone(object, ...limits, "nominalConcurrencyShares"),
      Queues: numberOrNone(object, ...queues, "queues"),
      HandSize: numberOrNone(object, ...queues, "handSize"),
      QueueLengthLimit: numberOrNone(object, ...queues, "queueLengthLimit"),
    }
  },
  "node.k8s.io/v1/RuntimeClass": (object) => ({ Handler: textAt(object, ["handler"]) }),
  "storage.k8s.io/v1/CSIDriver": (object) => ({
    AttachRequired: at(object, "spec", "attachRequired") !== false,
    PodInfoOnMount: yesOrNo(object, "podInfoOnMount"),
    StorageCapacity: yesOrNo(object, "storageCapacity"),
    TokenRequests:
      listAt(object, "spec", "tokenRequests")
        .map((each) => textAt(each, ["audience"]))
        .join(",") || "<unset>",
    RequiresRepublish: yesOrNo(object, "requiresRepublish"),
    Modes: textsAt(object, "spec", "volumeLifecycleModes").join(",") || "<unset>",
  }),
  "storage.k8s.io/v1/CSINode": (object) => ({ Drivers: listAt(object, "spec", "drivers").length }),
  "storage.k8s.io/v1/VolumeAttachment": (object) => ({
    Attacher: textAt(object, ["spec", "attacher"]),
    PV: textAt(object, ["spec", "source", "persistentVolumeName"]),
    Node: textAt(object, ["spec", "nodeName"]),
    Attached: at(object, "status", "attached") === true,
  }),
  "v1/ComponentStatus": (object) => {
    const [healthy = {}] = listAt(object, "conditions").filter(
      (each) => textAt(each, ["type"]) === "Healthy",
    )
    const states: { readonly [status: string]: string } = { True: "Healthy", False: "Unhealthy" }
    return {
      Status: states[textAt(healthy, ["status"])] ?? "Unknown",
      Message: textAt(healthy, ["message"]),
      Error: textAt(healthy, ["error"]),
    }
  },
}
