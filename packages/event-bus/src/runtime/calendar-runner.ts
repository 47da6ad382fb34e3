import type { EpochMs, Logger } from "@argo-ts/kernel"
import { formatIssue } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { CalendarEventSource } from "../api/event-source.js"
import type { Zones } from "../core/languages.js"
import { cloudEvent, type EventOrigin, eventId, type Publish } from "../sources/accepted.js"
import { calendarData, planCalendar } from "../sources/calendar.js"
import { filterOf } from "../sources/routes.js"

/** What a running calendar works with. */
export interface CalendarRunnerOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly publish: Publish
  readonly zones?: Zones
}

/** Publishes the ticks of a calendar from now on; the returned function ends it. */
export function runCalendar(
  origin: EventOrigin,
  calendar: CalendarEventSource,
  options: CalendarRunnerOptions,
): () => void {
  const { clock, logger, publish, zones } = options
  const plan = planCalendar(calendar, zones)
  if (!plan.ok) {
    const reason = plan.issues.map(formatIssue).join("; ")
    logger.error("calendar cannot run", { event: origin.subject, reason })
    return () => {}
  }
  const accepts = filterOf(calendar.filter, logger)
  let cancel = (): void => {}
  const wait = (last: EpochMs): void => {
    const next = plan.value.next(last)
    if (next === undefined) return
    cancel = clock.wakeAt(next, `event-bus/calendar/${origin.source}/${origin.subject}`, () => {
      const data = calendarData(calendar, next, zones)
      const id = eventId(origin.namespace, origin.source, origin.subject, next)
      if (accepts?.(data) !== false) {
        publish(origin, cloudEvent(origin, id, next, data)).catch((error: unknown) => {
          logger.error("tick not published", { event: origin.subject, error })
        })
      }
      wait(next)
    })
  }
  wait(clock.now())
  return () => cancel()
}
