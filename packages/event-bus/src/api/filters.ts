import type { JsonObject } from "@argo-ts/kernel"

/** One of the events a sensor waits for, and which of them count. */
export interface EventDependency {
  /** How `conditions` and parameters call it. */
  readonly name: string
  /** Name of the EventSource. */
  readonly eventSourceName: string
  /** Name of the event in that EventSource. */
  readonly eventName: string
  readonly filters?: EventDependencyFilter
  /** How the kinds of filter combine. Default `and`. */
  readonly filtersLogicalOperator?: "" | "and" | "or"
  /** @unsupported jq and Lua transformations are not built yet */
  readonly transform?: JsonObject
}

/** Every kind that is given is asked, in the order exprs, data, context, time, script. */
export interface EventDependencyFilter {
  readonly data?: readonly DataFilter[]
  /** How the entries of `data` combine. Default `and`. */
  readonly dataLogicalOperator?: "" | "and" | "or"
  readonly exprs?: readonly ExprFilter[]
  /** How the entries of `exprs` combine. Default `and`. */
  readonly exprLogicalOperator?: "" | "and" | "or"
  readonly context?: ContextFilter
  readonly time?: TimeFilter
  /** @unsupported Lua is not built yet: write it as `exprs` */
  readonly script?: string
}

/** Compares the value at a path of the event's data with given values; one of them suffices. */
export interface DataFilter {
  /** A gjson path. A missing path rejects the event. */
  readonly path: string
  readonly type: "bool" | "number" | "string"
  /** For `string` each is a regular expression (RE2) to be found in the value. */
  readonly value: readonly string[]
  /** Default `=`. `string` knows `=` and `!=`, `bool` only `=`. */
  readonly comparator?: "" | ">=" | ">" | "=" | "!=" | "<" | "<="
  /** @unsupported Go templates are not built yet */
  readonly template?: string
}

/** A govaluate expression over named fields of the event's data. */
export interface ExprFilter {
  readonly expr: string
  readonly fields: readonly PayloadField[]
}

/** Binds a name to a path. */
export interface PayloadField {
  /** A gjson path. A missing path rejects the event. */
  readonly path: string
  readonly name: string
}

/** Equality with the event's context where given; at least one of the first four. */
export interface ContextFilter {
  readonly type?: string
  readonly subject?: string
  readonly source?: string
  readonly datacontenttype?: string
  /** Accepted, without effect, as upstream. */
  readonly id?: string
  /** Accepted, without effect, as upstream. */
  readonly specversion?: string
  /** Accepted, without effect, as upstream. */
  readonly time?: string
}

/** A daily window: from `start` until before `stop`; past midnight where `stop` is not later. */
export interface TimeFilter {
  /** `HH:MM:SS`. */
  readonly start: string
  /** `HH:MM:SS`. */
  readonly stop: string
  /** IANA zone. Default UTC. */
  readonly timezone?: string
}
