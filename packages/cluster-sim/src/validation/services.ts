import type { JsonObject } from "@argo-ts/kernel"
import { addressIndex, nodePorts } from "../admission/service-addresses.js"
import {
  duplicate,
  type FieldError,
  forbiddenField,
  required,
  wrong,
  wrongGo,
} from "../api/errors.js"
import { part } from "../store/stored-object.js"
import type { Candidate, Check } from "./check.js"
import { goTexts } from "./go-value.js"
import { labelComplaints, portNameComplaints, subdomainComplaints } from "./names.js"
import { checkLabels } from "./selector.js"
import { checkOneOf, checkPort, items, nested, number, text, texts } from "./values.js"

const protocols = ["SCTP", "TCP", "UDP"]
const outward = ["NodePort", "LoadBalancer"]

function checkServicePort(port: JsonObject, at: string, errors: FieldError[]): void {
  checkPort(number(port, "port") ?? 0, `${at}.port`, errors)
  checkOneOf(port["protocol"], protocols, `${at}.protocol`, errors)
  const target = port["targetPort"]
  if (typeof target === "number") checkPort(target, `${at}.targetPort`, errors)
  else if (typeof target === "string") {
    for (const why of portNameComplaints(target)) {
      errors.push(wrong(`${at}.targetPort`, target, why))
    }
  }
}

function checkPorts(spec: JsonObject, errors: FieldError[]): void {
  const ports = items(spec, "ports")
  const type = text(spec, "type")
  const isHeadless = spec["clusterIP"] === "None"
  if (ports.length === 0 && !isHeadless && type !== "ExternalName") {
    errors.push(required("spec.ports"))
  }
  const names = new Set<string>()
  const lines = new Set<string>()
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports[${index}]`
    const name = text(port, "name")
    if (name === "" && ports.length > 1) errors.push(required(`${at}.name`))
    else if (name !== "") {
      for (const why of labelComplaints(name)) errors.push(wrong(`${at}.name`, name, why))
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name))
      names.add(name)
    }
    checkServicePort(port, at, errors)
    const nodePort = number(port, "nodePort")
    if (!outward.includes(type) && nodePort !== undefined) {
      const why = `may not be used when \`type\` is '${type}'`
      errors.push(forbiddenField(`${at}.nodePort`, why))
    }
    const line = `${port["protocol"]}/${port["port"]}`
    if (lines.has(line)) {
      errors.push(duplicate(at, { port: port["port"], protocol: port["protocol"] }))
    }
    lines.add(line)
  }
}

const range = `${nodePorts.min}-${nodePorts.max}`

function checkNodePorts({ server, object, before }: Candidate, errors: FieldError[]): void {
  const old = before === undefined ? {} : part(before, "spec")
  const known = new Set(items(old, "ports").map((port) => port["nodePort"]))
  const { uid = "" } = object.metadata
  for (const [index, port] of items(part(object, "spec"), "ports").entries()) {
    const nodePort = number(port, "nodePort")
    if (nodePort === undefined || known.has(nodePort)) continue
    const field = `spec.ports[${index}].nodePort`
    if (nodePort < nodePorts.min || nodePort > nodePorts.max) {
      const why = `provided port is not in the valid range. The range of valid ports is ${range}`
      errors.push(wrong(field, nodePort, why))
    } else if (server.addresses.isPortTaken(nodePort, uid)) {
      errors.push(wrong(field, nodePort, "provided port is already allocated"))
    }
  }
}

function checkAddress({ server, object, before }: Candidate, errors: FieldError[]): void {
  const spec = part(object, "spec")
  const old = before === undefined ? {} : part(before, "spec")
  const address = text(spec, "clusterIP")
  const former = text(old, "type") === "ExternalName" ? "" : text(old, "clusterIP")
  const given = texts(spec, "clusterIPs")
  if (former !== "" && former !== address) {
    const why = "may not change once set"
    errors.push(wrongGo("spec.clusterIPs[0]", goTexts(given), why))
    return
  }
  if (address === former || address === "None" || address === "") return
  if (!/^[0-9a-f.:]+$/i.test(address)) {
    const why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
    errors.push(wrong("spec.clusterIPs[0]", address, why))
  } else if (addressIndex(address) === undefined) {
    const why = `failed to allocate IP ${address}: the provided IP (${address}) is not in the valid range. The range of valid IPs is 10.96.0.0/16`
    errors.push(wrongGo("spec.clusterIPs", goTexts(given), why))
  } else if (server.addresses.isAddressTaken(address, object.metadata.uid ?? "")) {
    const why = `failed to allocate IP ${address}: provided IP is already allocated`
    errors.push(wrongGo("spec.clusterIPs", goTexts(given), why))
  }
}

function checkType(spec: JsonObject, errors: FieldError[]): void {
  const type = text(spec, "type")
  if (type === "ExternalName") {
    const target = text(spec, "externalName").replace(/\.$/, "")
    if (target === "") errors.push(required("spec.externalName"))
    else {
      for (const why of subdomainComplaints(target)) {
        errors.push(wrong("spec.externalName", target, why))
      }
    }
    if (text(spec, "clusterIP") !== "") {
      const why = "may not be set for ExternalName services"
      errors.push(forbiddenField("spec.clusterIPs", why))
    }
  } else if (spec["clusterIP"] === "None" && outward.includes(type)) {
    const why = `may not be set to 'None' for ${type} services`
    errors.push(wrong("spec.clusterIPs[0]", "None", why))
  }
  const traffic = spec["externalTrafficPolicy"]
  if (traffic === undefined) return
  if (outward.includes(type)) {
    checkOneOf(traffic, ["Cluster", "Local"], "spec.externalTrafficPolicy", errors)
  } else if (texts(spec, "externalIPs").length === 0) {
    const why = "may only be set for externally-accessible services"
    errors.push(wrong("spec.externalTrafficPolicy", traffic, why))
  }
}

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]

/** What is wrong with a Service. */
export const checkService: Check = (candidate, errors) => {
  const { object, before } = candidate
  if (before !== undefined && before["spec"] === object["spec"]) return
  const spec = part(object, "spec")
  checkType(spec, errors)
  checkPorts(spec, errors)
  checkLabels(nested(spec, "selector"), "spec.selector", errors)
  checkOneOf(spec["sessionAffinity"], ["ClientIP", "None"], "spec.sessionAffinity", errors)
  checkOneOf(spec["type"], types, "spec.type", errors)
  // The server allocates only what is valid, so these complaints never come beside others.
  if (errors.length > 0) return
  if (spec["type"] !== "ExternalName") checkAddress(candidate, errors)
  if (errors.length === 0) checkNodePorts(candidate, errors)
}
