import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { serveCluster } from "../../src/http/index.js"
import { createClusterSim } from "../../src/index.js"

/** A served cluster that always is the same: the clock stands, nobody but the client acts, nobody is asked who they are. */
export async function openWorld(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  const sim = createClusterSim({ clock, controllers: false, managedFields: "on" })
  const served = await serveCluster({ cluster: sim.cluster, clock, transport: "http" })
  return {
    url: served.url,
    async close() {
      await served.close()
      await sim.close()
    },
  }
}

/** A request of kubectl, and what of the answer is to stay. */
export interface RecordedRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly accept: string
  readonly type?: string
  /** Base64 where `isBinary`. */
  readonly body?: string
  readonly isBinary?: true
  readonly answer: RecordedAnswer
}

/** What of an answer is to stay. */
export interface RecordedAnswer {
  readonly status: number
  readonly type: string
  readonly kind?: string
  readonly reason?: string
  /** Names of columns of a table. */
  readonly columns?: readonly string[]
  /** Rows of a table, items of a list. */
  readonly count?: number
  /** Version and uid, which later requests repeat. */
  readonly version?: string
  readonly uid?: string
}

/** What was recorded of a command line. */
export interface RecordedCommand {
  readonly line: string
  readonly requests: readonly RecordedRequest[]
}

interface Body {
  readonly kind?: string
  readonly reason?: string
  readonly metadata?: { readonly resourceVersion?: string; readonly uid?: string }
  readonly columnDefinitions?: readonly { readonly name: string }[] | null
  readonly rows?: readonly unknown[]
  readonly items?: readonly unknown[]
}

/** True for a request whose answer has no end of its own. */
export function isWatch(path: string): boolean {
  return /[?&](?:watch|follow)=(?:1|true)/.test(path)
}

/** What of an answer is to stay. */
export function answerOf(status: number, type: string, text: string): RecordedAnswer {
  let body: Body = {}
  if (type.startsWith("application/json") && text.startsWith("{")) {
    body = JSON.parse(text.split("\n")[0] ?? "{}") as Body
  }
  const { kind, reason, metadata, columnDefinitions, rows, items } = body
  const isEvent = kind === undefined
  return {
    status,
    type,
    ...(!isEvent && { kind }),
    ...(reason !== undefined && { reason }),
    ...(columnDefinitions !== undefined &&
      columnDefinitions !== null && { columns: columnDefinitions.map(({ name }) => name) }),
    // New groups are no other answer.
    ...((rows ?? items) !== undefined &&
      !kind?.endsWith("DiscoveryList") && { count: (rows ?? items ?? []).length }),
    ...(metadata?.resourceVersion !== undefined && { version: metadata.resourceVersion }),
    ...(metadata?.uid !== undefined && { uid: metadata.uid }),
  }
}
