import {
  compareText,
  fnv32a,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseQuantity,
  safeEncode,
  utf8Bytes,
} from "@argo-ts/kernel"
import type { CanaryStep } from "../api/canary.js"
import { canaryStepType, type GoType, podTemplateType } from "./field-order.js"

type FieldType = GoType | "quantities" | "quantity" | undefined

const decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"] as const
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const

/** The canonical text of a quantity (`2000m` is `2`); text that is no quantity stays as it is. */
export function canonicalQuantity(text: string): string {
  const parsed = parseQuantity(text)
  if (!parsed.ok) return text
  const sign = parsed.value < 0n ? "-" : ""
  let amount = parsed.value < 0n ? -parsed.value : parsed.value
  if (amount === 0n) return "0"
  const unit = 1_000_000_000n
  if (/[KMGTPE]i$/.test(text) && amount % unit === 0n) {
    amount /= unit
    let power = 0
    for (; amount % 1024n === 0n && power < binarySuffixes.length - 1; power++) amount /= 1024n
    return `${sign}${amount}${binarySuffixes[power]}`
  }
  let power = 0
  for (; amount % 1000n === 0n && power < decimalSuffixes.length - 1; power++) amount /= 1000n
  const suffix = decimalSuffixes[power]
  if (!/[eE][+-]?\d+$/.test(text)) return `${sign}${amount}${suffix}`
  return `${sign}${amount}${power === 3 ? "" : `e${(power - 3) * 3}`}`
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["<", "\\u003c"],
  [">", "\\u003e"],
  ["&", "\\u0026"],
  ["\u2028", "\\u2028"],
  ["\u2029", "\\u2029"],
])

const escaped = /[<>&\u2028\u2029]/

function goString(text: string): string {
  const quoted = JSON.stringify(text)
  if (!escaped.test(quoted)) return quoted
  return quoted.replace(/[<>&\u2028\u2029]/g, (found) => escapes.get(found) ?? found)
}

/** Flags that Go leaves out when they are false; all others are pointers, which keep it. */
const plainFlags: ReadonlySet<string> = new Set([
  "hostNetwork",
  "hostPID",
  "hostIPC",
  "stdin",
  "stdinOnce",
  "tty",
  "readOnly",
  "clusterScope",
])

/** Numbers that Go leaves out when they are zero. */
const plainNumbers: ReadonlySet<string> = new Set([
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
  "hostPort",
])

const mapFields: ReadonlySet<string> = new Set([
  "labels",
  "annotations",
  "nodeSelector",
  "matchLabels",
])

function isOmitted(value: JsonValue, type: FieldType, key: string): boolean {
  if (value === null || value === "") return true
  if (value === false) return plainFlags.has(key)
  if (value === 0) return plainNumbers.has(key)
  if (Array.isArray(value)) return value.length === 0
  const isMap = type === "quantities" || (type === undefined && mapFields.has(key))
  return isMap && isJsonObject(value) && Object.keys(value).length === 0
}

function writeFields(value: JsonObject, type: GoType): string {
  let text = ""
  let known = 0
  for (const key of type.fields) {
    const isThere = Object.hasOwn(value, key)
    if (isThere) known++
    const field = isThere ? value[key] : undefined
    const fieldType = type.types?.[key]
    const isAlways = type.always?.includes(key) === true
    if (!isAlways && (field === undefined || isOmitted(field, fieldType, key))) continue
    text += `${text === "" ? "" : ","}"${key}":${writeGo(field ?? {}, fieldType)}`
  }
  const keys = Object.keys(value)
  if (known < keys.length) {
    // Fields this table does not know are written last, in the order of their names: stable, though not Go's.
    for (const key of keys.filter((each) => !type.fields.includes(each)).toSorted(compareText)) {
      const field = value[key] as JsonValue
      if (isOmitted(field, undefined, key)) continue
      text += `${text === "" ? "" : ","}${goString(key)}:${writeGo(field, undefined)}`
    }
  }
  return `{${text}}`
}

function writeMap(value: JsonObject, type: FieldType): string {
  const parts = Object.keys(value)
    .toSorted(compareText)
    .map((key) => `${goString(key)}:${writeGo(value[key] ?? null, type)}`)
  return `{${parts.join(",")}}`
}

function writeGo(value: JsonValue, type: FieldType): string {
  if (type === "quantity") return goString(canonicalQuantity(String(value)))
  if (Array.isArray(value)) return `[${value.map((item) => writeGo(item, type)).join(",")}]`
  if (isJsonObject(value)) {
    if (type === "quantities") return writeMap(value, "quantity")
    return type === undefined ? writeMap(value, undefined) : writeFields(value, type)
  }
  return typeof value === "string" ? goString(value) : JSON.stringify(value)
}

/** A pod template as Go writes it: fields in Go's order, empty ones left out, quantities canonical. */
export function goPodTemplate(template: JsonObject): string {
  const { metadata } = template
  if (!isJsonObject(metadata) || !Object.hasOwn(metadata, "creationTimestamp")) {
    return writeGo(template, podTemplateType)
  }
  const { creationTimestamp: _, ...rest } = metadata
  return writeGo({ ...template, metadata: rest }, podTemplateType)
}

/**
 * The hash that names a ReplicaSet, as upstream 1.10 computes it: FNV-1a over the template as Go writes it, spelled
 * in Kubernetes' safe alphabet (spec/rollouts §2.2). `collisionCount` changes it when a name is taken.
 */
export function podTemplateHash(template: JsonObject, collisionCount?: number): string {
  const bytes = utf8Bytes(goPodTemplate(template))
  if (collisionCount === undefined) return safeEncode(String(fnv32a(bytes)))
  const salted = new Uint8Array(bytes.length + 8)
  salted.set(bytes)
  new DataView(salted.buffer).setUint32(bytes.length, collisionCount, true)
  return safeEncode(String(fnv32a(salted)))
}

/** The hash of a canary's steps; editing them starts the update again (spec/rollouts §2.2). */
export function stepHash(steps: readonly CanaryStep[] | undefined): string {
  const text =
    steps === undefined
      ? "null"
      : `[${steps.map((step) => writeGo(step as unknown as JsonObject, canaryStepType)).join(",")}]`
  return safeEncode(String(fnv32a(text)))
}
