import { type Cluster, ClusterError } from "@argo-ts/k8s"
import {
  apiVersionOf,
  isJsonObject,
  type JsonObject,
  type ObjectKey,
  type UntypedObject,
} from "@argo-ts/kernel"
import type { AccountTokens } from "./auth/account-tokens.js"
import type { LogReader } from "./logs.js"
import { at, textAt } from "./reading.js"
import type { Route } from "./route.js"

/** What requests are served with. */
export interface ObjectContext {
  /** As whoever asks sees it. */
  readonly cluster: Cluster
  /** As the server itself sees it: what it looks up to answer needs no rights of the asker's. */
  readonly system: Cluster
  readonly now: () => number
  readonly accounts: AccountTokens
  /** Reads what pods have written; absent: they say nothing. */
  readonly logs: LogReader | undefined
  /** Tells the asker something beside the answer. */
  readonly warn: (text: string) => void
}

/** An answer before it is written. */
export interface Answer {
  readonly code: number
  readonly body: JsonObject
  /** A list's objects, where it is one. */
  readonly items?: readonly JsonObject[]
  /** A text instead of JSON. */
  readonly text?: string
  /** A text that grows: what there is, and then what comes, until it ends or the signal says so. */
  readonly texts?: (signal: AbortSignal) => AsyncIterable<string>
}

/** 405: the path is served, but not so. */
export function notAllowed(): ClusterError {
  return new ClusterError(
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
  )
}

/** 404: the path is served, the object is absent. */
export function notFound({ kind }: Route, name: string): ClusterError {
  const qualified = kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`
  return new ClusterError("NotFound", `${qualified} "${name}" not found`, {
    name,
    ...(kind.group !== "" && { group: kind.group }),
    kind: kind.plural,
  })
}

/** An object of the cluster as JSON. */
export function json(object: object): JsonObject {
  return object as unknown as JsonObject
}

/** Which object a route goes to. */
export function keyOf({ namespace, name = "" }: Route): ObjectKey {
  return namespace === undefined ? { name } : { namespace, name }
}

/** The object of a write, with the kind and the namespace that its path says. */
export function written(route: Route, body: JsonObject): UntypedObject {
  const { kind, namespace } = route
  const metadata = at(body, "metadata")
  const own = textAt(body, ["metadata", "namespace"])
  if (namespace !== undefined && own !== "" && own !== namespace) {
    throw new ClusterError(
      "BadRequest",
      `the namespace of the provided object does not match the namespace sent on the request`,
    )
  }
  return {
    ...body,
    apiVersion: textAt(body, ["apiVersion"], apiVersionOf(kind)),
    kind: textAt(body, ["kind"], kind.kind),
    metadata: {
      ...(metadata !== undefined && isJsonObject(metadata) ? metadata : {}),
      ...(namespace !== undefined && { namespace }),
    },
  } as unknown as UntypedObject
}
