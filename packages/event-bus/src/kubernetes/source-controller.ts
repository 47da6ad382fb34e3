import { type Controller, controller, type ReconcileContext } from "@argo-ts/k8s"
import {
  type EpochMs,
  earliest,
  epochMs,
  equalJson,
  formatIssue,
  formatKey,
  formatMicroInstant,
  isOperationError,
  type ObjectKey,
  parseInstant,
  type Result,
  type Stored,
} from "@argo-ts/kernel"
import type { CalendarEventSource, CalendarStatus, EventSource } from "../api/event-source.js"
import { eventSources, sensors } from "../api/kinds.js"
import { parseEventSource } from "../api/parse-event-source.js"
import { cloudEvent, eventId, type Publish } from "../sources/accepted.js"
import { calendarData, planCalendar, upcomingTick } from "../sources/calendar.js"
import { filterOf, originOf, routesOf, type SourceContext } from "../sources/routes.js"
import { type CountEqual, createCounter } from "../sources/webhook.js"
import type { WebhookRoute, WebhookServers } from "../sources/webhook-servers.js"
import { busProblem, recordEvent } from "./cluster-bus.js"
import { type Problem, withConditions } from "./conditions.js"
import type { EventControllersOptions } from "./options.js"
import { clusterSecrets } from "./secret-reader.js"

/** How long after a port was found taken it is tried again. */
const portRetryMs = 10_000
/** Real milliseconds that servers have to start and stop. */
const bindLimitMs = 10_000

interface Work {
  readonly source: Stored<EventSource>
  readonly key: ObjectKey
  readonly context: ReconcileContext
  readonly options: EventControllersOptions
  readonly publish: Publish
  readonly count: CountEqual
}

function publisher(context: ReconcileContext, source: EventSource): Publish {
  const { eventBusName } = source.spec
  return (origin, event) => {
    const at = parseInstant(event.time)
    const accepted = { origin, event, at: at.ok ? at.value : context.clock.now() }
    return recordEvent(context.cluster, accepted, eventBusName)
  }
}

function sourceContext({ context, publish, count }: Work): SourceContext {
  const { clock, cluster, logger } = context
  return { clock, logger, publish, count, secrets: clusterSecrets(cluster) }
}

interface Ticked {
  readonly status: CalendarStatus
  readonly wakeAt: EpochMs | undefined
}

/** Publishes the ticks of a calendar that are due, and tells the next. */
async function tick(work: Work, name: string, calendar: CalendarEventSource): Promise<Ticked> {
  const { source, context, options, publish } = work
  const plan = planCalendar(calendar, options.zones)
  if (!plan.ok) throw new Error(plan.issues.map(formatIssue).join("; "))
  const { schedule } = plan.value
  const now = context.clock.now()
  const known = source.status?.calendars?.find((each) => each.name === name)
  const stored = known?.schedule === schedule ? parseInstant(known.lastAt) : undefined
  let last = stored?.ok === true ? stored.value : now
  let next = upcomingTick(plan.value, last, now)
  const accepts = filterOf(calendar.filter, context.logger)
  while (next !== undefined && next <= now) {
    const origin = originOf(source, "calendar", name)
    const data = calendarData(calendar, next, options.zones)
    const id = eventId(origin.namespace, origin.source, name, schedule, next)
    if (accepts?.(data) !== false) await publish(origin, cloudEvent(origin, id, next, data))
    last = next
    next = plan.value.next(next)
  }
  return { status: { name, schedule, lastAt: formatMicroInstant(last) }, wakeAt: next }
}

interface Findings {
  readonly provided: Problem
  readonly deployed: Problem
  readonly calendars: readonly CalendarStatus[]
}

async function writeStatus(work: Work, findings: Findings): Promise<void> {
  const { source, context } = work
  const old = source.status
  const problems = [
    ["SourcesProvided", findings.provided],
    ["Deployed", findings.deployed],
  ] as const
  const conditions = withConditions(old?.conditions, problems, context.clock.now())
  const { calendars } = findings
  const { calendars: _old, ...rest } = old ?? {}
  const status = { ...rest, conditions, ...(calendars.length === 0 ? {} : { calendars }) }
  if (equalJson(status, old)) return
  const options = { subresource: "status" }
  await context.cluster.update(eventSources, { ...source, status }, options)
}

function invalidSource(parsed: Result<EventSource>): Problem {
  if (parsed.ok) return undefined
  return { reason: "InvalidEventSource", message: parsed.issues.map(formatIssue).join("; ") }
}

/** Binding takes real time, in which a virtual clock must not move. */
function setRoutes(
  { key, context }: Pick<Work, "key" | "context">,
  webhooks: WebhookServers,
  routes: readonly WebhookRoute[],
): Promise<void> {
  const owner = formatKey(key)
  const options = { takesMs: 0, realLimitMs: bindLimitMs }
  const bind = (): Promise<void> => webhooks.setRoutes(owner, routes)
  return context.clock.track(`event-bus/listen/${owner}`, bind, options)
}

async function bind(work: Work, webhooks: WebhookServers): Promise<Problem> {
  const { source, context } = work
  const { namespace = "" } = source.metadata
  const problem = await busProblem(context.cluster, namespace, source.spec.eventBusName)
  try {
    const routes = problem === undefined ? routesOf(source, sourceContext(work)) : []
    await setRoutes(work, webhooks, routes)
  } catch (error) {
    if (!isOperationError(error)) throw error
    return { reason: error.code, message: error.message }
  }
  return problem === undefined ? undefined : { reason: "EventBusNotReady", message: problem }
}

async function reconcile(work: Work, webhooks: WebhookServers): Promise<EpochMs | undefined> {
  const { source, context, options } = work
  const parsed = parseEventSource(source, options)
  if (!parsed.ok) {
    await setRoutes(work, webhooks, [])
    const deployed = { reason: "InvalidEventSource", message: "the EventSource is invalid" }
    const calendars = source.status?.calendars ?? []
    await writeStatus(work, { provided: invalidSource(parsed), deployed, calendars })
    return undefined
  }
  const deployed = await bind(work, webhooks)
  const calendars: CalendarStatus[] = []
  let wakeAt: EpochMs | undefined
  for (const [name, calendar] of Object.entries(parsed.value.spec.calendar ?? {})) {
    const ticked = await tick(work, name, calendar)
    calendars.push(ticked.status)
    wakeAt = earliest(wakeAt, ticked.wakeAt)
  }
  await writeStatus(work, { provided: undefined, deployed, calendars })
  const retryAt = epochMs(context.clock.now() + portRetryMs)
  return deployed === undefined ? wakeAt : earliest(wakeAt, retryAt)
}

/** Serves the webhooks of EventSources, keeps their calendars, and writes their status. */
export function sourceController(
  options: EventControllersOptions,
  webhooks: WebhookServers,
): Controller {
  const count = createCounter()
  return (
    controller("event-bus/source", eventSources)
      // Read at each event, so kept at hand; a change of a sensor changes nothing about a source.
      .watches(sensors, () => [])
      .concurrency(1)
      .reconcile(async (key, context) => {
        const source = await context.cluster.get(eventSources, key)
        if (source === undefined || source.metadata.deletionTimestamp !== undefined) {
          await setRoutes({ key, context }, webhooks, [])
          return {}
        }
        const publish = publisher(context, source)
        const wakeAt = await reconcile({ source, key, context, options, publish, count }, webhooks)
        return wakeAt === undefined ? {} : { wakeAt }
      })
  )
}
