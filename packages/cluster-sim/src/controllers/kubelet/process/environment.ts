import { isJsonObject, type JsonObject, type JsonValue, recordOf } from "@argo-ts/kernel"
import type { Container, Pod } from "../../workloads.js"

/** What the environment of a container is made of beside its pod. */
export interface EnvironmentSources {
  readonly pod: Pod
  readonly hostIP: string
  readonly podIP: string
  /** The entries of a ConfigMap or Secret in the pod's namespace; `undefined` where there is none. */
  data(kind: "configmap" | "secret", name: string): ReadonlyMap<string, Buffer> | undefined
}

/** The variables that a container's spec says, or why they cannot be made. */
export type Environment =
  | { readonly env: { readonly [name: string]: string } }
  | { readonly fault: string }

/** A reference that leads nowhere, or to what is not supported. */
export class Unresolved extends Error {}

function textOf(object: JsonObject, field: string): string {
  const value = object[field]
  return typeof value === "string" ? value : ""
}

function refused(what: string): never {
  throw new Unresolved(what)
}

/** Replaces `$(NAME)` where the name is known; `$$` is a dollar sign. */
export function expand(text: string, env: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (all, name?: string) =>
    name === undefined ? "$" : (env.get(name) ?? all),
  )
}

/** What `fieldRef.fieldPath` names. */
export function fieldOf(path: string, { pod, hostIP, podIP }: EnvironmentSources): string {
  const { metadata, spec } = pod
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path)
  if (keyed !== null) {
    const [, field = "labels", key = ""] = keyed
    return metadata[field as "labels"]?.[key] ?? ""
  }
  const listed = (entries: { readonly [key: string]: string } | undefined): string =>
    Object.entries(entries ?? {})
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .join("\n")
  const fields: { readonly [path: string]: () => string } = {
    "metadata.name": () => metadata.name ?? "",
    "metadata.namespace": () => metadata.namespace ?? "",
    "metadata.uid": () => metadata.uid ?? "",
    "metadata.labels": () => listed(metadata.labels),
    "metadata.annotations": () => listed(metadata.annotations),
    "spec.nodeName": () => spec.nodeName ?? "",
    "spec.serviceAccountName": () => textOf(spec as unknown as JsonObject, "serviceAccountName"),
    "status.hostIP": () => hostIP,
    "status.hostIPs": () => hostIP,
    "status.podIP": () => podIP,
    "status.podIPs": () => podIP,
  }
  const read = Object.hasOwn(fields, path) ? fields[path] : undefined
  return read === undefined ? refused(`fieldRef ${path} is not supported here`) : read()
}

const kinds = { configMapKeyRef: "configmap", secretKeyRef: "secret" } as const

function keyOf(sources: EnvironmentSources, source: JsonObject): string | undefined {
  for (const [field, kind] of Object.entries(kinds)) {
    const reference = source[field]
    if (reference === undefined || !isJsonObject(reference)) continue
    const [name, key] = [textOf(reference, "name"), textOf(reference, "key")]
    const data = sources.data(kind, name)
    const value = data?.get(key)
    if (value !== undefined) return value.toString("utf8")
    if (reference["optional"] === true) return undefined
    if (data === undefined) refused(`${kind} ${JSON.stringify(name)} not found`)
    const whole = kind === "secret" ? "Secret" : "ConfigMap"
    const { namespace = "" } = sources.pod.metadata
    refused(`couldn't find key ${key} in ${whole} ${namespace}/${name}`)
  }
  const [other = "nothing"] = Object.keys(source)
  return refused(`valueFrom.${other} is not supported for pods that run as processes`)
}

function valueFrom(sources: EnvironmentSources, source: JsonObject): string | undefined {
  const { fieldRef } = source
  if (fieldRef === undefined || !isJsonObject(fieldRef)) return keyOf(sources, source)
  return fieldOf(textOf(fieldRef, "fieldPath"), sources)
}

function* entriesFrom(
  sources: EnvironmentSources,
  from: JsonObject,
): Generator<readonly [string, string]> {
  const prefix = textOf(from, "prefix")
  for (const [field, kind] of [
    ["configMapRef", "configmap"],
    ["secretRef", "secret"],
  ] as const) {
    const reference = from[field]
    if (reference === undefined || !isJsonObject(reference)) continue
    const name = textOf(reference, "name")
    const data = sources.data(kind, name)
    if (data === undefined && reference["optional"] !== true) {
      refused(`${kind} ${JSON.stringify(name)} not found`)
    }
    for (const [key, value] of data ?? []) yield [prefix + key, value.toString("utf8")]
  }
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((each) => isJsonObject(each)) : []
}

/** The variables of `envFrom` and `env`, in this order: later ones win and may use earlier ones as `$(NAME)`. */
export function environmentOf(container: Container, sources: EnvironmentSources): Environment {
  const spec = container as unknown as JsonObject
  const env = new Map<string, string>()
  try {
    for (const from of objects(spec["envFrom"])) {
      for (const [name, value] of entriesFrom(sources, from)) env.set(name, value)
    }
    for (const each of objects(spec["env"])) {
      const source = each["valueFrom"]
      const value =
        source !== undefined && isJsonObject(source)
          ? valueFrom(sources, source)
          : expand(textOf(each, "value"), env)
      if (value !== undefined) env.set(textOf(each, "name"), value)
    }
  } catch (error) {
    if (error instanceof Unresolved) return { fault: error.message }
    throw error
  }
  return { env: recordOf([...env]) }
}
