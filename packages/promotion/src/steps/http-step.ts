import { existsSync, readFileSync } from "node:fs"
import type { Environment } from "@argo-ts/expr"
import {
  type EpochMs,
  type Issue,
  type JsonObject,
  type JsonValue,
  listAt,
  ok,
  parseDuration,
  type Result,
  recordOf,
  textAt,
} from "@argo-ts/kernel"
import type { HttpClient, HttpRequest, HttpResponse } from "@argo-ts/kernel/http"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { evaluateBoolean, evaluateExpression, firstMessage } from "../core/evaluate.js"
import { functionOf, stringType, textIn } from "../core/functions.js"
import type { StepOutcome } from "../core/step-outcome.js"
import { innerPath } from "./paths.js"
import type { StepRunner } from "./step.js"

const bodyBytesMax = 2 * 1024 * 1024

function durationOf(value: JsonValue | undefined, standard: number): number {
  const parsed = typeof value === "string" ? parseDuration(value) : undefined
  return parsed?.ok === true ? parsed.value : standard
}

function pairs(config: JsonObject, field: string): readonly (readonly [string, string])[] {
  return listAt(config, field).map((pair) => [textAt(pair, "name"), textAt(pair, "value")] as const)
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

/** `content-type` as Go writes header names: `Content-Type`. */
function canonicalHeader(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())
}

/** What the expressions of this step see: `response.status`, `header()`, `headers`, `body`. */
function environmentOf(response: HttpResponse, type: string): Environment {
  const { headers, status } = response
  const header = functionOf({ params: [stringType], result: stringType }, ([name]) => {
    return headers[textIn(name).toLowerCase()] ?? ""
  })
  const all = Object.entries(headers).map(
    ([name, value]) => [canonicalHeader(name), [value]] as const,
  )
  return {
    response: {
      status: BigInt(status),
      header,
      headers: recordOf(all),
      body: bodyOf(response, type),
    },
  }
}

interface Judgement {
  readonly config: JsonObject
  readonly response: HttpResponse
  readonly environment: Environment
  readonly now: EpochMs
}

/** What a condition says; nothing where there is none. */
function holds(
  source: JsonValue | undefined,
  { environment, now }: Judgement,
): Result<boolean | undefined> {
  if (typeof source !== "string" || source === "") return ok(undefined)
  return evaluateBoolean(source, environment, now)
}

function broken(issues: readonly Issue[]): StepOutcome {
  return { status: "Errored", isTerminal: true, message: `http: ${firstMessage(issues)}` }
}

function succeeded({ config, environment, now }: Judgement): StepOutcome {
  const entries: (readonly [string, JsonValue])[] = []
  for (const output of listAt(config, "outputs")) {
    const value = evaluateExpression(textAt(output, "fromExpression"), environment, now)
    if (!value.ok) return broken(value.issues)
    entries.push([textAt(output, "name"), value.value])
  }
  return { status: "Succeeded", output: recordOf(entries) }
}

function failedOutcome({ config, response, environment, now }: Judgement): StepOutcome {
  const source = config["errorExpression"]
  const told = typeof source === "string" ? evaluateExpression(source, environment, now) : undefined
  const standard = `http: the answer ${response.status} is a failure`
  const message = told?.ok === true && typeof told.value === "string" ? told.value : standard
  return { status: "Failed", isTerminal: true, message }
}

/** Failure is asked before success; without either, the status decides (spec/promotion §2.10). */
function judge(judgement: Judgement): StepOutcome {
  const { config, response } = judgement
  const failure = holds(config["failureExpression"], judgement)
  if (!failure.ok) return broken(failure.issues)
  const success = holds(config["successExpression"], judgement)
  if (!success.ok) return broken(success.issues)
  if (failure.value === true) return failedOutcome(judgement)
  const isJudged = failure.value !== undefined || success.value !== undefined
  const isGood = response.status >= 200 && response.status < 300
  if (isJudged ? success.value === true : isGood) return succeeded(judgement)
  const message = `http: waiting, the answer was ${response.status}`
  const retryAfterMs = isJudged ? durationOf(config["pollInterval"], 30_000) : 300_000
  return { status: "Running", retryAfterMs, message }
}

const redirectsMax = 10

/** Refuses what is not http(s), and addresses of the machine's own link, where clouds keep credentials. */
function refusal(url: string): string | undefined {
  if (!URL.canParse(url)) return `http: expected an http(s) URL, found ${JSON.stringify(url)}`
  const { protocol, hostname } = new URL(url)
  if (protocol !== "http:" && protocol !== "https:") return "http: expected an http(s) URL"
  const isLinkLocal = /^169\.254\.|^\[fe[89ab]|^\[::ffff:a9fe:/.test(hostname)
  return isLinkLocal ? "http: link-local addresses are refused" : undefined
}

/** Follows redirects by itself: each place is judged before it is asked. */
async function ask(http: HttpClient, first: HttpRequest): Promise<HttpResponse | StepOutcome> {
  let request = first
  for (let hop = 0; hop <= redirectsMax; hop++) {
    const why = refusal(request.url)
    if (why !== undefined) return { status: "Failed", isTerminal: true, message: why }
    const response = await http.request({ ...request, followRedirects: false })
    const location = response.headers["location"]
    const isRedirect = [301, 302, 303, 307, 308].includes(response.status)
    if (!isRedirect || location === undefined) return response
    const url = URL.canParse(location, request.url) ? new URL(location, request.url).href : location
    const { body, method = "GET", headers, timeoutMs = 10_000 } = request
    const isKept = response.status >= 307
    const isSameHost = URL.canParse(url) && new URL(url).host === new URL(request.url).host
    request = {
      url,
      timeoutMs,
      method: isKept || method === "HEAD" ? method : "GET",
      ...(isKept && body !== undefined ? { body } : {}),
      ...(isSameHost && headers !== undefined ? { headers } : {}),
    }
  }
  return { status: "Errored", message: `http: more than ${redirectsMax} redirects` }
}

/** `http`: one request, judged by expressions over `response`; polls until they are satisfied. */
export const httpStep: StepRunner = async ({ config, http, clock, directory }) => {
  const query = pairs(config, "queryParams").map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  )
  const url = textAt(config, "url")
  const joined =
    query.length === 0 ? url : `${url}${url.includes("?") ? "&" : "?"}${query.join("&")}`
  const { method, responseContentType, bodyFromFile } = config
  let { body } = config
  if (bodyFromFile !== undefined) {
    const file = innerPath(directory, bodyFromFile)
    const message = `http: ${JSON.stringify(bodyFromFile)} does not exist`
    if (!existsSync(file)) return { status: "Failed", isTerminal: true, message }
    body = readFileSync(file, "utf8")
  }
  const response = await ask(http, {
    method: typeof method === "string" ? method : "GET",
    url: joined,
    headers: recordOf(pairs(config, "headers")),
    timeoutMs: durationOf(config["timeout"], 10_000),
    ...(typeof body === "string" ? { body } : {}),
  })
  if (!("body" in response)) return response
  if (response.body.length > bodyBytesMax) {
    const message = `http: the answer is larger than ${bodyBytesMax} bytes`
    return { status: "Errored", isTerminal: true, message }
  }
  const type = typeof responseContentType === "string" ? responseContentType : ""
  const environment = environmentOf(response, type)
  return judge({ config, response, environment, now: clock.now() })
}
