import type { JsonObject } from "@argo-ts/kernel"
import { type FieldError, notSupported, required, wrong, wrongGo } from "../api/errors.js"
import { part } from "../store/stored-object.js"
import type { Check } from "./check.js"
import { subdomainComplaints } from "./names.js"
import { items, nested, number, text } from "./values.js"

function checkBackend(backend: JsonObject, at: string, errors: FieldError[]): void {
  const hasService = backend["service"] !== undefined
  const hasResource = backend["resource"] !== undefined
  if (hasService && hasResource) {
    errors.push(wrong(at, "", "cannot set both resource and service backends"))
    return
  }
  if (!hasService && !hasResource) {
    errors.push(required(at, "resource or service backend is required"))
    return
  }
  if (!hasService) return
  const service = nested(backend, "service")
  if (text(service, "name") === "") errors.push(required(`${at}.service.name`))
  const port = nested(service, "port")
  const [name, value] = [text(port, "name"), number(port, "number") ?? 0]
  if (name !== "" && value !== 0) {
    errors.push(wrong(`${at}.service.port`, "", "cannot set both port name & port number"))
  } else if (name === "" && value === 0) {
    errors.push(required(`${at}.service`, "port name or number is required"))
  }
}

const pathTypes = ["Exact", "ImplementationSpecific", "Prefix"]

function checkPath(path: JsonObject, at: string, errors: FieldError[]): void {
  const type = text(path, "pathType")
  const value = text(path, "path")
  if (path["pathType"] === undefined) {
    errors.push(required(`${at}.pathType`, "pathType must be specified"))
    return
  }
  if (!pathTypes.includes(type)) errors.push(notSupported(`${at}.pathType`, type, pathTypes))
  const isOpen = type === "ImplementationSpecific" && value === ""
  if (!isOpen && !value.startsWith("/")) {
    errors.push(wrong(`${at}.path`, value, "must be an absolute path"))
  }
  checkBackend(nested(path, "backend"), `${at}.backend`, errors)
}

function checkHost(host: string, field: string, errors: FieldError[]): void {
  if (host === "") return
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) {
    errors.push(wrong(field, host, "must be a DNS name, not an IP address"))
    return
  }
  const name = host.startsWith("*.") ? host.slice(2) : host
  for (const why of subdomainComplaints(name)) errors.push(wrong(field, host, why))
}

/** What is wrong with an Ingress. */
export const checkIngress: Check = ({ object }, errors) => {
  const spec = part(object, "spec")
  const rules = items(spec, "rules")
  if (rules.length === 0 && spec["defaultBackend"] === undefined) {
    const why = "either `defaultBackend` or `rules` must be specified"
    errors.push(wrongGo("spec", "[]networking.IngressRule(nil)", why))
  }
  if (spec["defaultBackend"] !== undefined) {
    checkBackend(nested(spec, "defaultBackend"), "spec.defaultBackend", errors)
  }
  for (const [index, rule] of rules.entries()) {
    const at = `spec.rules[${index}]`
    checkHost(text(rule, "host"), `${at}.host`, errors)
    if (rule["http"] === undefined) continue
    const paths = items(nested(rule, "http"), "paths")
    if (paths.length === 0) errors.push(required(`${at}.http.paths`))
    for (const [place, path] of paths.entries()) {
      checkPath(path, `${at}.http.paths[${place}]`, errors)
    }
  }
}
