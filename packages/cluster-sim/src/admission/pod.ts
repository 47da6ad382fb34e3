import { isJsonObject, type JsonObject, type JsonValue, type UntypedObject } from "@argo-ts/kernel"
import { forbidden } from "../api/errors.js"
import { everyObject } from "../store/selection.js"
import { part } from "../store/stored-object.js"
import type { Admission, Admit } from "./admission.js"
import { withLimitDefaults } from "./limit-ranges.js"
import { joinAccount } from "./pod-account.js"
import { qualityOfService } from "./quality-of-service.js"

const systemClasses: ReadonlyMap<string, number> = new Map([
  ["system-cluster-critical", 2_000_000_000],
  ["system-node-critical", 2_000_001_000],
])

/** The fields of a pod that follow from its priority class. */
interface Priority {
  readonly priority: number
  readonly priorityClassName?: string
  readonly preemptionPolicy?: JsonValue
}

function classOf(object: UntypedObject): Priority {
  const preemptionPolicy = object["preemptionPolicy"] as JsonValue | undefined
  return {
    priority: Number(object["value"] ?? 0),
    priorityClassName: object.metadata.name ?? "",
    ...(preemptionPolicy === undefined ? {} : { preemptionPolicy }),
  }
}

const ordinary: Priority = { priority: 0, preemptionPolicy: "PreemptLowerPriority" }

/** The priority of the named class, of the class that is everybody's, or zero. */
function priorityOf(name: JsonValue | undefined, { server, rules, object }: Admission): Priority {
  const kind = server.registry.byId("scheduling.k8s.io/priorityclasses")
  const classes = kind === undefined ? undefined : server.store.collection(kind)
  if (typeof name === "string" && name !== "") {
    const found = classes?.get("", name)
    if (found !== undefined) return classOf(found)
    const priority = systemClasses.get(name)
    if (priority !== undefined) return { ...ordinary, priority, priorityClassName: name }
    const why = `no PriorityClass with name ${name} was found`
    throw forbidden(rules, object.metadata.name ?? "", why)
  }
  if (classes === undefined || classes.size() === 0) return ordinary
  const shared = classes.list(everyObject).filter((each) => each["globalDefault"] === true)
  const lowest = shared.map(classOf).toSorted((left, right) => left.priority - right.priority)[0]
  return lowest ?? ordinary
}

const evictions: readonly JsonObject[] = ["not-ready", "unreachable"].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
}))

function isTolerated(tolerations: readonly JsonObject[], taint: JsonObject): boolean {
  return tolerations.some(({ key, effect }) => {
    const isKey = key === taint["key"] || key === undefined || key === ""
    return isKey && (effect === "NoExecute" || effect === undefined || effect === "")
  })
}

function withEvictions(tolerations: JsonValue | undefined): readonly JsonValue[] {
  if (!Array.isArray(tolerations)) return evictions
  const given = (tolerations as readonly JsonValue[]).filter(isJsonObject)
  return [...given, ...evictions.filter((each) => !isTolerated(given, each))]
}

/** Gives a new pod its priority, its service account, five minutes on a lost node, and its first status. */
export const admitPod: Admit = (admission) => {
  const { before, rules, server } = admission
  if (before !== undefined) return admission.object
  const object = withLimitDefaults(server, admission.object)
  const given = part(object, "spec")
  const { priority, priorityClassName, preemptionPolicy } = priorityOf(
    given["priorityClassName"],
    admission,
  )
  const wanted = given["priority"]
  if (wanted !== undefined && wanted !== priority) {
    const why = `the integer value of priority (${wanted}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`
    throw forbidden(rules, object.metadata.name ?? "", why)
  }
  // One copy, filled in place: pods are created by the thousand.
  const spec: { [name: string]: JsonValue } = { ...given }
  spec["priority"] = priority
  if (priorityClassName !== undefined) spec["priorityClassName"] = priorityClassName
  if (preemptionPolicy !== undefined) spec["preemptionPolicy"] ??= preemptionPolicy
  joinAccount(spec, admission)
  spec["tolerations"] = withEvictions(given["tolerations"])
  const status = { phase: "Pending", qosClass: qualityOfService(spec) }
  return { ...object, spec, status }
}
