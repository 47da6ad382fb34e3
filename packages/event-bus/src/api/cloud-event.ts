import type { JsonValue } from "@argo-ts/kernel"

/** An event as it travels: CloudEvents 1.0, structured, as upstream writes it. */
export interface CloudEvent {
  /** Unique per source. Two deliveries with one id are one event. */
  readonly id: string
  /** Name of the EventSource. */
  readonly source: string
  readonly specversion: "1.0"
  /** Kind of source: `webhook`, `github`, `calendar`, … */
  readonly type: string
  /** Name of the event within the EventSource. */
  readonly subject: string
  readonly datacontenttype: string
  /** RFC 3339: when the source accepted it. */
  readonly time: string
  readonly data: JsonValue
}
