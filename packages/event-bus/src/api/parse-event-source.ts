import { failed, type IssuePath, ok, parseDuration, type Result } from "@argo-ts/kernel"
import { compileExclusions } from "../core/exclusions.js"
import {
  anyZone,
  compileSchedule,
  compileSourceFilter,
  findZone,
  type Zones,
} from "../core/languages.js"
import type {
  CalendarEventSource,
  EventSource,
  EventSourceFilter,
  EventSourceSpec,
  GithubEventSource,
  WebhookContext,
} from "./event-source.js"
import { checkManifest, type Findings, invalid, requireText } from "./manifest.js"

const methods: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"])
const portMax = 65_535

function checkWebhook(webhook: WebhookContext, path: IssuePath, findings: Findings): void {
  requireText(findings, [...path, "endpoint"], webhook.endpoint)
  const port = /^\d{1,5}$/.test(webhook.port) ? Number(webhook.port) : Number.NaN
  if (!(port <= portMax)) {
    const found = JSON.stringify(webhook.port)
    invalid(findings, [...path, "port"], `expected a port number as text, found ${found}`)
  }
  const { method, maxPayloadSize } = webhook
  if (method !== undefined && !methods.has(method)) {
    const expected = [...methods].join(", ")
    invalid(findings, [...path, "method"], `expected one of ${expected}, found "${method}"`)
  }
  if (maxPayloadSize !== undefined && maxPayloadSize < 0) {
    invalid(findings, [...path, "maxPayloadSize"], `expected bytes, found ${maxPayloadSize}`)
  }
}

function checkFilter(
  filter: EventSourceFilter | undefined,
  path: IssuePath,
  findings: Findings,
): void {
  if (filter === undefined) return
  const compiled = compileSourceFilter(filter.expression)
  if (compiled.ok) return
  const at = [...path, "filter", "expression"]
  findings.issues.push(...compiled.issues.map((issue) => ({ ...issue, path: at })))
}

function checkGithub(github: GithubEventSource, path: IssuePath, findings: Findings): void {
  const { webhook, events = [], repositories = [], organizations = [] } = github
  if (webhook === undefined) invalid(findings, [...path, "webhook"], "is required, and missing")
  else checkWebhook(webhook, [...path, "webhook"], findings)
  if (events.length === 0) invalid(findings, [...path, "events"], "expected at least one event")
  const isDeprecated = github.owner !== undefined && github.repository !== undefined
  const hasRepositories = repositories.length > 0 || isDeprecated
  if (hasRepositories && organizations.length > 0) {
    invalid(findings, path, "expected repositories or organizations, found both")
  }
  if (!hasRepositories && organizations.length === 0) {
    invalid(findings, path, "expected repositories or organizations, found neither")
  }
  if ((github.githubBaseURL === undefined) !== (github.githubUploadURL === undefined)) {
    invalid(findings, path, "expected both of githubBaseURL and githubUploadURL, or none")
  }
  const { contentType } = github
  if (contentType !== undefined && !["", "json", "form"].includes(contentType)) {
    invalid(findings, [...path, "contentType"], `expected json or form, found "${contentType}"`)
  }
}

function checkInterval(interval: string, path: IssuePath, findings: Findings): void {
  const parsed = parseDuration(interval)
  if (!parsed.ok || parsed.value < 1000) {
    const message = `expected a duration of at least 1s, found ${JSON.stringify(interval)}`
    invalid(findings, [...path, "interval"], message)
  }
}

function checkCalendar(
  calendar: CalendarEventSource,
  path: IssuePath,
  findings: Findings,
  zones: Zones,
): void {
  const { schedule = "", interval = "", timezone, exclusionDates = [] } = calendar
  if (schedule === "" && interval === "") {
    invalid(findings, path, "expected a schedule or an interval, found neither")
  }
  if (interval !== "") checkInterval(interval, path, findings)
  const zone = findZone(timezone, zones)
  if (!zone.ok) {
    const at = [...path, "timezone"]
    findings.issues.push(...zone.issues.map((issue) => ({ ...issue, path: at })))
  } else if (schedule !== "") {
    const compiled = compileSchedule(schedule, timezone, zones)
    const issues = compiled.ok ? [] : compiled.issues
    findings.issues.push(...issues.map((i) => ({ ...i, path: [...path, "schedule", ...i.path] })))
  }
  const exclusions = compileExclusions(exclusionDates)
  if (exclusions.ok) return
  const at = [...path, "exclusionDates"]
  findings.issues.push(...exclusions.issues.map((i) => ({ ...i, path: [...at, ...i.path] })))
}

/** Kinds that upstream runs on every replica; the others elect one. They do not share an object. */
const activeActive = ["github", "webhook"] as const
const activePassive = ["calendar"] as const

function checkNames(spec: EventSourceSpec, findings: Findings): void {
  const seen = new Map<string, string>()
  for (const kind of [...activeActive, ...activePassive]) {
    for (const name of Object.keys(spec[kind] ?? {})) {
      const other = seen.get(name)
      if (other !== undefined) {
        invalid(findings, ["spec", kind, name], `another event under ${other} is called "${name}"`)
      }
      seen.set(name, kind)
    }
  }
  const has = (kinds: readonly (keyof EventSourceSpec)[]): boolean =>
    kinds.some((kind) => Object.keys(spec[kind] ?? {}).length > 0)
  if (seen.size === 0) invalid(findings, ["spec"], "expected at least one event of some kind")
  if (has(activeActive) && has(activePassive)) {
    const message =
      "calendar does not share an EventSource with webhook and github; split it in two"
    invalid(findings, ["spec"], message)
  }
}

function checkEndpoints(spec: EventSourceSpec, findings: Findings): void {
  const seen = new Set<string>()
  const take = (path: IssuePath, webhook: WebhookContext | undefined): void => {
    if (webhook === undefined) return
    const endpoint = webhook.endpoint.startsWith("/") ? webhook.endpoint : `/${webhook.endpoint}`
    const place = `port ${webhook.port}, endpoint ${endpoint}`
    if (seen.has(place)) invalid(findings, path, `another event listens at ${place}`)
    seen.add(place)
  }
  for (const [name, each] of Object.entries(spec.webhook ?? {}))
    take(["spec", "webhook", name], each)
  for (const [name, { webhook }] of Object.entries(spec.github ?? {})) {
    take(["spec", "github", name, "webhook"], webhook)
  }
}

/**
 * Reads an EventSource, or lists everything that is wrong with it. Without `zones` the names of time zones are not
 * checked.
 */
export function parseEventSource(
  value: unknown,
  options: { readonly zones?: Zones } = {},
): Result<EventSource> {
  const { findings, manifest } = checkManifest("EventSource", value)
  if (findings.issues.length > 0) return failed(findings.issues)
  const source = manifest as EventSource
  const { spec } = source
  const zones = options.zones ?? anyZone
  checkNames(spec, findings)
  for (const [name, each] of Object.entries(spec.webhook ?? {})) {
    checkWebhook(each, ["spec", "webhook", name], findings)
    checkFilter(each.filter, ["spec", "webhook", name], findings)
  }
  for (const [name, each] of Object.entries(spec.github ?? {})) {
    checkGithub(each, ["spec", "github", name], findings)
    checkFilter(each.filter, ["spec", "github", name], findings)
  }
  for (const [name, each] of Object.entries(spec.calendar ?? {})) {
    checkCalendar(each, ["spec", "calendar", name], findings, zones)
    checkFilter(each.filter, ["spec", "calendar", name], findings)
  }
  checkEndpoints(spec, findings)
  return findings.issues.length > 0 ? failed(findings.issues) : ok(source)
}
