import { createHash } from "node:crypto"
import { type EpochMs, formatMicroInstant, type JsonObject } from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"

/** Where an event comes from. */
export interface EventOrigin {
  readonly namespace: string
  /** Name of the EventSource. */
  readonly source: string
  /** Name of the event. */
  readonly subject: string
  /** Kind of source: `webhook`, `github`, `calendar`. */
  readonly type: string
}

/** Takes accepted events: resolves once the event is recorded for every sensor that waits for it. */
export type Publish = (origin: EventOrigin, event: CloudEvent) => Promise<void>

/** 32 hexadecimal digits that depend on every part: the same cause has the same id in every run. */
export function eventId(...parts: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32)
}

/** An event as upstream writes it. */
export function cloudEvent(
  origin: EventOrigin,
  id: string,
  at: EpochMs,
  data: JsonObject,
): CloudEvent {
  const { source, subject, type } = origin
  const datacontenttype = "application/json"
  const time = formatMicroInstant(at)
  return { id, source, specversion: "1.0", type, subject, datacontenttype, time, data }
}

/** Looks up a key of a Secret or ConfigMap in a namespace; `undefined` where it does not exist. */
export interface SecretReader {
  secret(
    namespace: string,
    selector: { readonly name: string; readonly key: string },
  ): Promise<string | undefined>
  configMap(
    namespace: string,
    selector: { readonly name: string; readonly key: string },
  ): Promise<string | undefined>
}
