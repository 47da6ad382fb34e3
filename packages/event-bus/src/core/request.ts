import {
  failed,
  type Issue,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ok,
  type Result,
  recordOf,
} from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"
import type { BasicAuth } from "../api/common.js"
import type {
  HTTPTrigger,
  SecureHeader,
  StandardK8STrigger,
  Trigger,
  TriggerTemplate,
} from "../api/triggers.js"
import { rawJson } from "./found.js"
import {
  applyParameters,
  buildPayload,
  type CompiledParameter,
  compileParameters,
  type FiringEvents,
  type Payload,
} from "./parameters.js"

/** What a firing asks the outside to do, with every parameter filled in. JSON. */
export type TriggerRequest =
  | KubernetesRequest
  | { readonly type: "Submit"; readonly object: JsonObject }
  | HttpTriggerRequest
  | { readonly type: "Log"; readonly intervalSeconds: number; readonly events: NamedEvents }
  | { readonly type: "Call"; readonly name: string; readonly argument: JsonValue }

/** The events of a firing, each under its dependency's name, in order of name. */
export type NamedEvents = readonly { readonly dependency: string; readonly event: CloudEvent }[]

/** An object to create, update, patch or delete. */
export interface KubernetesRequest {
  readonly type: "Kubernetes"
  readonly operation: "create" | "update" | "patch" | "delete"
  readonly object: JsonObject
  readonly patchStrategy: NonNullable<StandardK8STrigger["patchStrategy"]>
}

/** A request to send. Secrets are named, not held. */
export interface HttpTriggerRequest {
  readonly type: "Http"
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly secureHeaders: readonly SecureHeader[]
  readonly basicAuth?: BasicAuth
  readonly body?: string
  readonly timeoutSeconds: number
  /** Status codes that are success; absent: any. */
  readonly allow?: readonly number[]
}

/** Builds requests for one trigger. */
export type RequestBuilder = (events: FiringEvents) => Result<TriggerRequest>

type Builder = (template: TriggerTemplate, events: FiringEvents) => Result<TriggerRequest>

function sourceObject(template: TriggerTemplate): Result<JsonObject> {
  const source = template.k8s?.source ?? template.argoWorkflow?.source
  const resource = source?.resource
  if (isJsonObject(resource)) return ok(resource)
  const message = `trigger "${template.name}" has no object under source.resource`
  return failed([{ code: "InvalidValue", path: ["source", "resource"], message }])
}

function buildObject(
  template: TriggerTemplate,
  parameters: readonly CompiledParameter[],
  events: FiringEvents,
): Result<JsonObject> {
  const source = sourceObject(template)
  if (!source.ok) return source
  const applied = applyParameters(source.value, parameters, events)
  return applied.ok ? ok(applied.value as JsonObject) : applied
}

function kubernetesBuilder(parameters: readonly CompiledParameter[]): Builder {
  return (template, events) => {
    const object = buildObject(template, parameters, events)
    if (!object.ok) return object
    if (template.k8s === undefined) return ok({ type: "Submit", object: object.value })
    const { operation = "create", patchStrategy = "application/merge-patch+json" } = template.k8s
    return ok({ type: "Kubernetes", operation, object: object.value, patchStrategy })
  }
}

interface HttpParameters {
  readonly request: readonly CompiledParameter[]
  readonly payload: readonly CompiledParameter[] | undefined
  readonly headers: readonly CompiledParameter[]
}

function dynamicHeaders(
  parameters: readonly CompiledParameter[],
  events: FiringEvents,
): Result<{ [name: string]: string }> {
  const headers: { [name: string]: string } = {}
  for (const { parameter, resolve } of parameters) {
    const value = resolve(events)
    if (!value.ok) return value
    // A dependency that did not take part has no header to give; upstream crashes here (spec/events §2.14).
    if (value.value !== undefined) headers[parameter.dest ?? ""] = value.value.text
  }
  return ok(headers)
}

function bodyText(payload: Payload): string {
  return "whole" in payload ? payload.whole : rawJson(payload.document)
}

function httpBuilder(compiled: HttpParameters, allow: readonly number[] | undefined): Builder {
  return (template, events) => {
    const applied = applyParameters(
      template.http as unknown as JsonObject,
      compiled.request,
      events,
    )
    if (!applied.ok) return applied
    const http = applied.value as unknown as HTTPTrigger
    const body = compiled.payload === undefined ? undefined : buildPayload(compiled.payload, events)
    if (body?.ok === false) return body
    const computed = dynamicHeaders(compiled.headers, events)
    if (!computed.ok) return computed
    const { method = "POST", url, basicAuth, secureHeaders = [], timeout } = http
    const isPlain = typeof url === "string" && url !== ""
    if (!isPlain)
      return failed([{ code: "InvalidValue", path: ["http", "url"], message: "expected a URL" }])
    return ok({
      type: "Http",
      method,
      url,
      headers: { ...http.headers, ...computed.value },
      secureHeaders,
      timeoutSeconds: timeout === undefined || timeout <= 0 ? 60 : timeout,
      ...(basicAuth === undefined ? {} : { basicAuth }),
      ...(body === undefined ? {} : { body: bodyText(body.value) }),
      ...(allow === undefined ? {} : { allow }),
    })
  }
}

function named(events: FiringEvents): NamedEvents {
  return [...events]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([dependency, event]) => ({ dependency, event }))
}

const logBuilder: Builder = (template, events) =>
  ok({
    type: "Log",
    intervalSeconds: template.log?.intervalSeconds ?? 0,
    events: named(events),
  })

function callBuilder(payload: readonly CompiledParameter[] | undefined): Builder {
  return (template, events) => {
    const { name = "" } = template.function ?? {}
    if (payload === undefined) {
      return ok({ type: "Call", name, argument: recordOf(events) as unknown as JsonObject })
    }
    const built = buildPayload(payload, events)
    if (!built.ok) return built
    const argument = "whole" in built.value ? built.value.whole : built.value.document
    return ok({ type: "Call", name, argument })
  }
}

function within(path: readonly (string | number)[], issues: readonly Issue[]): readonly Issue[] {
  return issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] }))
}

/** Compiles optional parameters at `path`, adding what is wrong with them to `issues`. */
function optional(
  parameters: HTTPTrigger["payload"],
  path: readonly (string | number)[],
  issues: Issue[],
): readonly CompiledParameter[] | undefined {
  if (parameters === undefined) return undefined
  const compiled = compileParameters(parameters)
  if (compiled.ok) return compiled.value
  issues.push(...within(path, compiled.issues))
  return []
}

/** The builder of the first kind that is set, in upstream's order: k8s, argoWorkflow, http, log, function. */
function compileTemplate(trigger: Trigger, issues: Issue[]): Builder | undefined {
  const { k8s, argoWorkflow, http, log, function: call } = trigger.template ?? {}
  const list = (
    parameters: HTTPTrigger["payload"],
    ...path: string[]
  ): readonly CompiledParameter[] => optional(parameters, ["template", ...path], issues) ?? []
  if (k8s !== undefined) return kubernetesBuilder(list(k8s.parameters, "k8s", "parameters"))
  if (argoWorkflow !== undefined) {
    return kubernetesBuilder(list(argoWorkflow.parameters, "argoWorkflow", "parameters"))
  }
  if (http !== undefined) {
    const compiled: HttpParameters = {
      request: list(http.parameters, "http", "parameters"),
      payload: optional(http.payload, ["template", "http", "payload"], issues),
      headers: list(http.dynamicHeaders, "http", "dynamicHeaders"),
    }
    return httpBuilder(compiled, trigger.policy?.status?.allow)
  }
  if (log !== undefined) return logBuilder
  if (call === undefined) return undefined
  return callBuilder(optional(call.payload, ["template", "function", "payload"], issues))
}

/** Compiles what a trigger does: its own parameters into its template, then the template's into the request. */
export function compileRequest(trigger: Trigger): Result<RequestBuilder> {
  const { template } = trigger
  const issues: Issue[] = []
  const own = optional(trigger.parameters, ["parameters"], issues) ?? []
  const build = template === undefined ? undefined : compileTemplate(trigger, issues)
  if (issues.length > 0) return failed(issues)
  if (template === undefined || build === undefined) {
    const message = `trigger "${template?.name ?? ""}" says nothing to do; expected k8s, argoWorkflow, http or log`
    return failed([{ code: "InvalidValue", path: ["template"], message }])
  }
  if (own.length === 0) return ok((events) => build(template, events))
  return ok((events) => {
    const applied = applyParameters(template as unknown as JsonObject, own, events)
    return applied.ok ? build(applied.value as unknown as TriggerTemplate, events) : applied
  })
}
