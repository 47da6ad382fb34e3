import { compareQuantities, type JsonObject } from "@argo-ts/kernel"
import {
  duplicate,
  type FieldError,
  forbiddenField,
  notFoundField,
  required,
  wrong,
} from "../api/errors.js"
import { labelComplaints, portNameComplaints } from "./names.js"
import {
  checkNotNegative,
  checkOneOf,
  checkPort,
  checkRequired,
  items,
  nested,
  number,
  text,
} from "./values.js"

const protocols = ["SCTP", "TCP", "UDP"]

function checkPorts(container: JsonObject, at: string, errors: FieldError[]): void {
  const names = new Set<string>()
  for (const [index, port] of items(container, "ports").entries()) {
    const place = `${at}.ports[${index}]`
    const name = text(port, "name")
    if (name !== "") {
      const complaints = portNameComplaints(name)
      for (const why of complaints) errors.push(wrong(`${place}.name`, name, why))
      if (complaints.length === 0 && names.has(name)) errors.push(duplicate(`${place}.name`, name))
      names.add(name)
    }
    const open = number(port, "containerPort")
    if (open === undefined || open === 0) errors.push(required(`${place}.containerPort`))
    else checkPort(open, `${place}.containerPort`, errors)
    const host = number(port, "hostPort")
    if (host !== undefined) checkPort(host, `${place}.hostPort`, errors)
    checkOneOf(port["protocol"], protocols, `${place}.protocol`, errors)
  }
}

const variableForm = /^[ -<>-~]+$/
const variableRule =
  "a valid environment variable name must consist only of printable ASCII characters other than '=' (regex used for validation is '[ -<>-~]+')"
const variableSources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef"]

function checkVariables(container: JsonObject, at: string, errors: FieldError[]): void {
  for (const [index, variable] of items(container, "env").entries()) {
    const place = `${at}.env[${index}]`
    const name = text(variable, "name")
    if (name === "") errors.push(required(`${place}.name`))
    else if (!variableForm.test(name)) errors.push(wrong(`${place}.name`, name, variableRule))
    if (variable["valueFrom"] === undefined) continue
    const source = nested(variable, "valueFrom")
    const given = variableSources.filter((each) => source[each] !== undefined)
    const field = `${place}.valueFrom`
    if (given.length === 0) {
      const why =
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
      errors.push(wrong(field, "", why))
    } else if (text(variable, "value") !== "") {
      errors.push(wrong(field, "", "may not be specified when `value` is not empty"))
    } else if (given.length > 1) {
      errors.push(wrong(field, "", "may not have more than one field specified at a time"))
    }
    for (const each of ["configMapKeyRef", "secretKeyRef"].filter((key) => given.includes(key))) {
      checkRequired(nested(source, each), ["name", "key"], `${field}.${each}`, errors)
    }
  }
}

function checkMounts(
  container: JsonObject,
  volumes: ReadonlySet<string>,
  at: string,
  errors: FieldError[],
): void {
  const paths = new Set<string>()
  for (const [index, mount] of items(container, "volumeMounts").entries()) {
    const place = `${at}.volumeMounts[${index}]`
    const [name, path] = [text(mount, "name"), text(mount, "mountPath")]
    if (name === "") errors.push(required(`${place}.name`))
    else if (!volumes.has(name)) errors.push(notFoundField(`${place}.name`, name))
    if (path === "") errors.push(required(`${place}.mountPath`))
    if (paths.has(path)) errors.push(wrong(`${place}.mountPath`, path, "must be unique"))
    paths.add(path)
  }
}

function isResource(name: string): boolean {
  const isStandard = ["cpu", "memory", "ephemeral-storage"].includes(name)
  return isStandard || name.startsWith("hugepages-") || name.includes("/")
}

function checkAmounts(amounts: JsonObject, at: string, errors: FieldError[]): void {
  for (const [name, amount] of Object.entries(amounts)) {
    const field = `${at}[${name}]`
    if (!isResource(name)) {
      errors.push(wrong(field, name, "must be a standard resource type or fully qualified"))
      errors.push(wrong(field, name, "must be a standard resource for containers"))
    }
    if (`${amount}`.startsWith("-")) {
      errors.push(wrong(field, amount, "must be greater than or equal to 0"))
    }
  }
}

function checkResources(container: JsonObject, at: string, errors: FieldError[]): void {
  const resources = nested(container, "resources")
  const [limits, requests] = [nested(resources, "limits"), nested(resources, "requests")]
  checkAmounts(limits, `${at}.resources.limits`, errors)
  checkAmounts(requests, `${at}.resources.requests`, errors)
  for (const [name, request] of Object.entries(requests)) {
    const limit = Object.hasOwn(limits, name) ? limits[name] : undefined
    if (limit === undefined || compareQuantities(`${request}`, `${limit}`) <= 0) continue
    const why = `must be less than or equal to ${name} limit of ${limit}`
    errors.push(wrong(`${at}.resources.requests`, request, why))
  }
}

const handlers = ["exec", "httpGet", "tcpSocket", "grpc"]

function checkHandler(probe: JsonObject, at: string, errors: FieldError[]): void {
  const given = handlers.filter((name) => probe[name] !== undefined)
  if (given.length === 0) errors.push(required(at, "must specify a handler type"))
  for (const name of given.slice(1)) {
    errors.push(forbiddenField(`${at}.${name}`, "may not specify more than 1 handler type"))
  }
  for (const name of ["httpGet", "tcpSocket", "grpc"]) {
    const port = nested(probe, name)["port"]
    if (typeof port === "number") checkPort(port, `${at}.${name}.port`, errors)
  }
  if (given[0] === "exec" && items(nested(probe, "exec"), "command").length === 0) {
    errors.push(required(`${at}.exec.command`))
  }
}

const probeCounts = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
]

function checkProbes(container: JsonObject, at: string, errors: FieldError[]): void {
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    if (container[name] === undefined) continue
    const probe = nested(container, name)
    const place = `${at}.${name}`
    checkHandler(probe, place, errors)
    checkNotNegative(probe, probeCounts, place, errors)
    const successes = number(probe, "successThreshold") ?? 1
    if (name !== "readinessProbe" && successes !== 1) {
      errors.push(wrong(`${place}.successThreshold`, successes, "must be 1"))
    }
  }
}

/** Complains of the containers of one list; `names` are those of containers before them. */
export function checkContainers(
  containers: readonly JsonObject[],
  at: string,
  pod: { readonly volumes: ReadonlySet<string>; readonly names: Set<string> },
  errors: FieldError[],
): void {
  for (const [index, container] of containers.entries()) {
    const place = `${at}[${index}]`
    const name = text(container, "name")
    if (name === "") errors.push(required(`${place}.name`))
    else {
      for (const why of labelComplaints(name)) errors.push(wrong(`${place}.name`, name, why))
      if (pod.names.has(name)) errors.push(duplicate(`${place}.name`, name))
    }
    pod.names.add(name)
    const image = text(container, "image")
    if (image === "") errors.push(required(`${place}.image`))
    else if (image.trim() !== image) {
      errors.push(wrong(`${place}.image`, image, "must not have leading or trailing whitespace"))
    }
    checkProbes(container, place, errors)
    checkPorts(container, place, errors)
    checkVariables(container, place, errors)
    checkMounts(container, pod.volumes, place, errors)
    const policies = ["Always", "IfNotPresent", "Never"]
    checkOneOf(container["imagePullPolicy"], policies, `${place}.imagePullPolicy`, errors)
    checkResources(container, place, errors)
  }
}
