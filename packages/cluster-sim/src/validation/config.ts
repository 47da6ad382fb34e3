import { equalJson, type JsonObject, type UntypedObject } from "@argo-ts/kernel"
import { type FieldError, forbiddenField, required, tooLong, wrong } from "../api/errors.js"
import { part } from "../store/stored-object.js"
import type { Candidate, Check } from "./check.js"
import { configKeyComplaints } from "./names.js"

const bytesMax = 1_048_576

function bytesOf(text: unknown, isBase64: boolean): number {
  const value = String(text)
  if (!isBase64) return Buffer.byteLength(value)
  const padding = value.endsWith("==") ? 2 : value.endsWith("=") ? 1 : 0
  return (value.length / 4) * 3 - padding
}

function sizeOf(data: JsonObject, isBase64: boolean): number {
  return Object.values(data).reduce<number>((sum, each) => sum + bytesOf(each, isBase64), 0)
}

function checkKeys(data: JsonObject, name: string, errors: FieldError[]): void {
  for (const key of Object.keys(data)) {
    for (const why of configKeyComplaints(key)) errors.push(wrong(`${name}[${key}]`, key, why))
  }
}

function checkFixed({ object, before }: Candidate, errors: FieldError[]): void {
  if (before?.["immutable"] !== true) return
  const why = "field is immutable when `immutable` is set"
  if (object["immutable"] !== true) errors.push(forbiddenField("immutable", why))
  for (const name of ["data", "binaryData"]) {
    if (!equalJson(object[name], before[name])) errors.push(forbiddenField(name, why))
  }
}

/** What is wrong with a ConfigMap. */
export const checkConfigMap: Check = (candidate, errors) => {
  const { object } = candidate
  const [data, binaryData] = [part(object, "data"), part(object, "binaryData")]
  for (const key of Object.keys(data)) {
    for (const why of configKeyComplaints(key)) errors.push(wrong(`data[${key}]`, key, why))
    if (!Object.hasOwn(binaryData, key)) continue
    errors.push(wrong(`data[${key}]`, key, "duplicate of key present in binaryData"))
  }
  checkKeys(binaryData, "binaryData", errors)
  if (sizeOf(data, false) + sizeOf(binaryData, true) > bytesMax) {
    errors.push(tooLong("[]", bytesMax))
  }
  checkFixed(candidate, errors)
}

/** The keys that Secrets of a type have to have. */
const wanted: { readonly [type: string]: readonly string[] } = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
}

const accountName = "kubernetes.io/service-account.name"

function checkSecretType(object: UntypedObject, data: JsonObject, errors: FieldError[]): void {
  const type = String(object["type"])
  for (const key of Object.hasOwn(wanted, type) ? (wanted[type] ?? []) : []) {
    if (!Object.hasOwn(data, key)) errors.push(required(`data[${key}]`))
  }
  const isEmpty = !Object.hasOwn(data, "username") && !Object.hasOwn(data, "password")
  if (type === "kubernetes.io/basic-auth" && isEmpty) {
    errors.push(required("data[username]"), required("data[password]"))
  }
  const account = object.metadata.annotations?.[accountName] ?? ""
  if (type === "kubernetes.io/service-account-token" && account === "") {
    errors.push(required(`metadata.annotations[${accountName}]`))
  }
}

/** What is wrong with a Secret. */
export const checkSecret: Check = (candidate, errors) => {
  const { object, before } = candidate
  const data = part(object, "data")
  checkKeys(data, "data", errors)
  if (sizeOf(data, true) > bytesMax) errors.push(tooLong("data", bytesMax))
  checkSecretType(object, data, errors)
  if (before === undefined) return
  if (before["type"] !== object["type"]) {
    errors.push(wrong("type", object["type"] ?? null, "field is immutable"))
  }
  checkFixed(candidate, errors)
}
