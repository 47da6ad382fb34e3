import type { JsonObject, JsonValue, UntypedObject } from "@argo-ts/kernel"
import { equalJson } from "@argo-ts/kernel"
import { applyDefaults } from "@argo-ts/kernel/schemas"
import type { Admission, Admit } from "../admission/admission.js"
import { admitJob } from "../admission/job.js"
import { hasLimits } from "../admission/limit-ranges.js"
import { admitNode } from "../admission/node.js"
import { admitPod } from "../admission/pod.js"
import { admitService } from "../admission/service.js"
import { admitSigningRequest } from "../admission/signing-request.js"
import { admitClaim, admitVolume } from "../admission/volume.js"
import { withDefinitionDefaults } from "../definitions/check-definition.js"
import { readDefinition } from "../definitions/definition.js"
import { asJson, asObject, part } from "../store/stored-object.js"
import { reportUnknown } from "./decoding.js"

const admitNamespace: Admit = ({ object, before }) => {
  const { name = "" } = object.metadata
  const labels = { ...object.metadata.labels, "kubernetes.io/metadata.name": name }
  const spec = before === undefined ? { finalizers: ["kubernetes"] } : (before["spec"] ?? {})
  const status = before === undefined ? { phase: "Active" } : (object["status"] ?? {})
  return { ...object, metadata: { ...object.metadata, labels }, spec, status }
}

const admitSecret: Admit = ({ object }) => {
  const { stringData, ...rest } = object
  if (typeof stringData !== "object" || stringData === null) return rest as UntypedObject
  const data: { [key: string]: string } = { ...(part(object, "data") as { [key: string]: string }) }
  for (const [key, value] of Object.entries(stringData)) {
    const text = Buffer.from(String(value), "utf8").toString("base64")
    Object.defineProperty(data, key, {
      value: text,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return { ...rest, data } as unknown as UntypedObject
}

const templateGeneration = "deprecated.daemonset.template.generation"

/** The annotation counts the changes of the template. */
const admitDaemonSet: Admit = ({ object, before }) => {
  const { metadata } = object
  const count = Number(before?.metadata.annotations?.[templateGeneration] ?? 0)
  const isChanged =
    before === undefined ||
    !equalJson(part(before, "spec")["template"], part(object, "spec")["template"])
  const annotations = {
    ...metadata.annotations,
    [templateGeneration]: `${isChanged ? count + 1 : count}`,
  }
  const status = {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  }
  return {
    ...object,
    metadata: { ...metadata, annotations },
    ...(before === undefined ? { status } : {}),
  }
}

/** A definition is served once its status says so, which is the server's own to say. */
const admitDefinition: Admit = ({ object, before }) => {
  const filled = withDefinitionDefaults(object)
  if (before !== undefined) return filled
  const { versions } = readDefinition(filled)
  const storedVersions = versions.filter(({ isStorage }) => isStorage).map(({ name }) => name)
  const status = { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions }
  return { ...filled, status }
}

const statusAtFirst = (status: JsonObject): Admit => {
  return ({ object, before }) => (before === undefined ? { ...object, status } : object)
}

const noPods: { readonly [name: string]: JsonValue } = {
  disruptionsAllowed: 0,
  currentHealthy: 0,
  desiredHealthy: 0,
  expectedPods: 0,
}

const admissions: { readonly [kind: string]: Admit } = {
  CertificateSigningRequest: admitSigningRequest,
  Namespace: admitNamespace,
  Node: admitNode,
  Secret: admitSecret,
  Service: admitService,
  Pod: admitPod,
  Job: admitJob,
  CustomResourceDefinition: admitDefinition,
  Deployment: statusAtFirst({}),
  ReplicaSet: statusAtFirst({ replicas: 0 }),
  ReplicationController: statusAtFirst({ replicas: 0 }),
  StatefulSet: statusAtFirst({ replicas: 0, availableReplicas: 0 }),
  DaemonSet: admitDaemonSet,
  CronJob: statusAtFirst({}),
  Ingress: statusAtFirst({ loadBalancer: {} }),
  HorizontalPodAutoscaler: statusAtFirst({ currentMetrics: null, desiredReplicas: 0 }),
  PodDisruptionBudget: statusAtFirst(noPods),
  PersistentVolume: admitVolume,
  PersistentVolumeClaim: admitClaim,
  ResourceQuota: statusAtFirst({}),
}

function admitCustom({ rules, object, request }: Admission): UntypedObject {
  if (rules.custom === undefined) return object
  const { object: admitted, unknown } = rules.custom.admit(object)
  reportUnknown(rules, object, request, unknown)
  return admitted
}

function admitBuiltIn(admission: Admission): UntypedObject {
  const { rules, object } = admission
  const { kind } = rules.kind
  const filled = asObject(applyDefaults(rules.apiVersion, kind, asJson(object)))
  return admissions[kind]?.({ ...admission, object: filled }) ?? filled
}

/** The object with defaults and with what the server adds on its own. */
export function admit(admission: Admission): UntypedObject {
  const { server, rules, object, template } = admission
  if (!rules.isBuiltIn) return admitCustom(admission)
  const isShaped = template !== undefined && object["spec"] === template.spec
  // What a LimitRange adds is noted with each pod.
  if (!isShaped || hasLimits(server, object)) return admitBuiltIn(admission)
  return server.podShapes.shaped(object, template, () => admitBuiltIn(admission))
}
