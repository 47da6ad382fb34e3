import { formatIssue, type JsonObject, type Logger } from "@argo-ts/kernel"
import type { EventSource, EventSourceFilter, WebhookContext } from "../api/event-source.js"
import { compileSourceFilter } from "../core/languages.js"
import type { EventOrigin } from "./accepted.js"
import { githubSource } from "./github.js"
import {
  type HttpSource,
  type HttpSourceContext,
  httpSourceRoute,
  webhookSource,
} from "./webhook.js"
import type { WebhookRoute } from "./webhook-servers.js"

/** What the sources of an EventSource work with. */
export type SourceContext = Omit<HttpSourceContext, "accepts">

/** Where events of that name come from. */
export function originOf(source: EventSource, type: string, subject: string): EventOrigin {
  const { name = "", namespace = "" } = source.metadata
  return { namespace, source: name, subject, type }
}

/** The filter of an event: one that fails drops it, with a line in the log (spec/events §2.6). */
export function filterOf(
  filter: EventSourceFilter | undefined,
  logger: Logger,
): ((data: JsonObject) => boolean) | undefined {
  const compiled = filter === undefined ? undefined : compileSourceFilter(filter.expression)
  if (compiled?.ok !== true) return undefined
  return (data) => {
    const verdict = compiled.value(data)
    if (!verdict.ok) {
      const reason = verdict.issues.map(formatIssue).join("; ")
      logger.warn("event dropped by its source's filter", { reason })
    }
    return verdict.ok && verdict.value
  }
}

/** The routes of every HTTP event of a parsed EventSource. */
export function routesOf(source: EventSource, context: SourceContext): readonly WebhookRoute[] {
  const { webhook = {}, github = {} } = source.spec
  const route = (http: HttpSource, filter: EventSourceFilter | undefined): WebhookRoute => {
    const accepts = filterOf(filter, context.logger)
    return httpSourceRoute(http, accepts === undefined ? context : { ...context, accepts })
  }
  const generic = Object.entries(webhook).map(([name, each]) =>
    route(webhookSource(originOf(source, "webhook", name), each), each.filter),
  )
  const hooks = Object.entries(github).map(([name, each]) => {
    const whole = each as typeof each & { readonly webhook: WebhookContext }
    const origin = originOf(source, "github", name)
    return route(githubSource(origin, whole, context.secrets), each.filter)
  })
  return [...generic, ...hooks]
}
