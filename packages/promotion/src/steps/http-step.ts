import { compileExpr, type Environment } from "@argo-ts/expr"
import { fromValue, GoFunc, type Value } from "@argo-ts/expr/values"
import { isJsonObject, type JsonObject, type JsonValue, parseDuration } from "@argo-ts/kernel"
import type { HttpResponse } from "@argo-ts/kernel/http"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { evaluateBoolean } from "../core/expressions.js"
import type { StepOutcome } from "../core/step-outcome.js"
import type { StepRunner } from "./step.js"

const bodyBytesMax = 2 * 1024 * 1024

function durationOf(value: JsonValue | undefined, standard: number): number {
  const parsed = typeof value === "string" ? parseDuration(value) : undefined
  return parsed?.ok === true ? parsed.value : standard
}

function pairs(value: JsonValue | undefined): readonly (readonly [string, string])[] {
  const list = Array.isArray(value) ? (value as readonly JsonValue[]) : []
  return list
    .filter(isJsonObject)
    .map(({ name, value: text }) => [String(name), String(text)] as const)
}

function bodyOf(response: HttpResponse, wanted: string): JsonValue {
  const type = wanted === "" ? (response.headers["content-type"] ?? "") : wanted
  const text = response.text()
  if (/text\/plain/.test(type)) return text
  if (/yaml/.test(type)) {
    const parsed = parseManifests(text, { file: "response" })
    return parsed.ok ? ((parsed.value[0]?.value as JsonValue | undefined) ?? null) : {}
  }
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return {}
  }
}

const any = { kind: "any", name: "interface {}" } as const

function environmentOf(response: HttpResponse, type: string): Environment {
  const signature = {
    kind: "func",
    name: "func(interface {}) interface {}",
    params: [any],
    results: [any],
    variadic: false,
  } as const
  const header = new GoFunc(
    signature,
    ([name]: readonly Value[]) => response.headers[String(name).toLowerCase()] ?? "",
  )
  return {
    response: {
      status: response.status,
      header,
      headers: response.headers,
      body: bodyOf(response, type),
    },
  }
}

type Verdict = boolean | undefined | { readonly error: string }

function holds(source: JsonValue | undefined, environment: Environment): Verdict {
  if (typeof source !== "string" || source === "") return undefined
  const compiled = compileExpr(source, { mode: "noenv" })
  return compiled.ok
    ? evaluateBoolean(compiled.value, environment)
    : { error: compiled.issues[0]?.message ?? "" }
}

function valueOf(source: string, environment: Environment): JsonValue {
  const compiled = compileExpr(source, { mode: "noenv" })
  const result = compiled.ok ? compiled.value.evaluate(environment) : undefined
  return result?.ok === true ? fromValue(result.value) : null
}

function outputsOf(config: JsonObject, environment: Environment): JsonObject {
  const list = Array.isArray(config["outputs"]) ? (config["outputs"] as readonly JsonValue[]) : []
  return Object.fromEntries(
    list
      .filter(isJsonObject)
      .map(({ name, fromExpression }) => [
        String(name),
        valueOf(String(fromExpression), environment),
      ]),
  )
}

function judge(config: JsonObject, response: HttpResponse): StepOutcome {
  const environment = environmentOf(
    response,
    typeof config["responseContentType"] === "string" ? config["responseContentType"] : "",
  )
  const failure = holds(config["failureExpression"], environment)
  const success = holds(config["successExpression"], environment)
  for (const verdict of [failure, success])
    if (typeof verdict === "object")
      return { status: "Errored", isTerminal: true, message: `http: ${verdict.error}` }
  if (failure === true) {
    const told =
      typeof config["errorExpression"] === "string"
        ? valueOf(config["errorExpression"], environment)
        : null
    const message =
      typeof told === "string" ? told : `http: the answer ${response.status} is a failure`
    return { status: "Failed", isTerminal: true, message }
  }
  if (success === true) return { status: "Succeeded", output: outputsOf(config, environment) }
  const retryAfterMs = durationOf(config["pollInterval"], 30_000)
  if (failure === undefined && success === undefined) {
    if (response.status >= 200 && response.status < 300)
      return { status: "Succeeded", output: outputsOf(config, environment) }
    return {
      status: "Running",
      retryAfterMs: 300_000,
      message: `http: the answer was ${response.status}`,
    }
  }
  return {
    status: "Running",
    retryAfterMs,
    message: `http: waiting, the answer was ${response.status}`,
  }
}

/** `http`: one request, judged by expressions over `response`; polls until they are satisfied. */
export const httpStep: StepRunner = async ({ config, http }) => {
  const query = pairs(config["queryParams"]).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  )
  const url = String(config["url"])
  if (!/^https?:\/\/(?!169\.254\.|\[?fe80:)/i.test(url))
    return {
      status: "Failed",
      isTerminal: true,
      message: "http: expected an http(s) URL that is not link-local",
    }
  const joined =
    query.length === 0 ? url : `${url}${url.includes("?") ? "&" : "?"}${query.join("&")}`
  const body = config["body"]
  const response = await http.request({
    method: typeof config["method"] === "string" ? config["method"] : "GET",
    url: joined,
    headers: Object.fromEntries(pairs(config["headers"])),
    timeoutMs: durationOf(config["timeout"], 10_000),
    ...(typeof body === "string" ? { body } : {}),
  })
  if (response.body.length > bodyBytesMax)
    return {
      status: "Errored",
      isTerminal: true,
      message: `http: the answer is larger than ${bodyBytesMax} bytes`,
    }
  return judge(config, response)
}
