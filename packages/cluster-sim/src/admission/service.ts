import { isJsonObject, type JsonObject, type JsonValue, type UntypedObject } from "@argo-ts/kernel"
import { part } from "../store/stored-object.js"
import type { Admission, Admit } from "./admission.js"

function without(object: JsonObject, names: readonly string[]): JsonObject {
  if (!names.some((name) => Object.hasOwn(object, name))) return object
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))
}

function portsOf(spec: JsonObject): readonly JsonObject[] {
  const { ports } = spec
  return Array.isArray(ports) ? (ports as readonly JsonValue[]).filter(isJsonObject) : []
}

const outward = ["NodePort", "LoadBalancer"]

function isExternal(spec: JsonObject): boolean {
  return spec["type"] === "ExternalName"
}

/** What only some types have goes with the type, unless the author has just set it. */
function dropped(spec: JsonObject, old: JsonObject): JsonObject {
  const names: string[] = []
  const drop = (isUseless: boolean, ...fields: readonly string[]): void => {
    if (!isUseless) return
    names.push(...fields.filter((name) => JSON.stringify(spec[name]) === JSON.stringify(old[name])))
  }
  const type = String(spec["type"])
  const external = isExternal(spec) && !isExternal(old)
  drop(external, "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy")
  drop(!outward.includes(type), "externalTrafficPolicy")
  drop(type !== "LoadBalancer", "allocateLoadBalancerNodePorts", "loadBalancerClass")
  const isLocal = type === "LoadBalancer" && spec["externalTrafficPolicy"] === "Local"
  drop(!isLocal, "healthCheckNodePort")
  const rest = without(spec, names)
  if (outward.includes(type)) return rest
  const former = new Set(portsOf(old).map((port) => port["nodePort"]))
  if (!portsOf(rest).some((port) => former.has(port["nodePort"]) && port["nodePort"])) return rest
  const ports = portsOf(rest).map((port) =>
    former.has(port["nodePort"]) ? without(port, ["nodePort"]) : port,
  )
  return { ...rest, ports }
}

function samePort(left: JsonObject, right: JsonObject): boolean {
  return left["port"] === right["port"] && left["protocol"] === right["protocol"]
}

/** Ports with their node ports: those given, those they had, else the lowest that are free. */
function withNodePorts(spec: JsonObject, old: JsonObject, { server }: Admission): JsonObject {
  const type = String(spec["type"])
  const isOpen = type === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] === false
  if (!outward.includes(type) || isOpen) return spec
  const ports = portsOf(spec)
  const used = new Set(ports.map((port) => Number(port["nodePort"] ?? 0)))
  const claim = (): number => {
    const free = server.addresses.freePort(used) ?? 0
    used.add(free)
    return free
  }
  const filled = ports.map((port) => {
    if (port["nodePort"]) return port
    const before = portsOf(old).find((each) => samePort(each, port))?.["nodePort"]
    const isMine = typeof before === "number" && before > 0 && !used.has(before)
    if (isMine) used.add(before)
    return { ...port, nodePort: isMine ? before : claim() }
  })
  const isChanged = filled.some((port, index) => port !== ports[index])
  const result = isChanged ? { ...spec, ports: filled } : spec
  const isLocal = type === "LoadBalancer" && spec["externalTrafficPolicy"] === "Local"
  if (!isLocal || result["healthCheckNodePort"]) return result
  return { ...result, healthCheckNodePort: old["healthCheckNodePort"] ?? claim() }
}

function withAddress(spec: JsonObject, old: JsonObject, { server }: Admission): JsonObject {
  if (isExternal(spec)) return spec
  const { clusterIPs } = spec
  const first = Array.isArray(clusterIPs) ? (clusterIPs as readonly JsonValue[])[0] : undefined
  const former = isExternal(old) ? undefined : old["clusterIP"]
  const isMoved = first !== undefined && old["clusterIP"] === spec["clusterIP"]
  const given = isMoved ? first : (spec["clusterIP"] ?? first)
  const clusterIP = given ?? former ?? server.addresses.freeAddress() ?? ""
  const isSame = spec["clusterIP"] === clusterIP && first === clusterIP
  return isSame ? spec : { ...spec, clusterIP, clusterIPs: [clusterIP] }
}

/** Gives a Service its address and its node ports, and takes what its type does not have. */
export const admitService: Admit = (admission) => {
  const { object, before } = admission
  const old = before === undefined ? {} : part(before, "spec")
  const kept = before === undefined ? part(object, "spec") : dropped(part(object, "spec"), old)
  const spec = withNodePorts(withAddress(kept, old, admission), old, admission)
  const status = object["status"] ?? { loadBalancer: {} }
  return { ...object, spec, status } as UntypedObject
}
