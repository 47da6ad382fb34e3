import type { EpochMs, JsonObject } from "@argo-ts/kernel"
import type { Artifact } from "../api/artifact.js"
import type { Inputs } from "../api/parameter.js"
import type { NodeOutputs, NodePhase } from "../api/status.js"
import type { Template } from "../api/template.js"
import type { LockRequest } from "./locks.js"

/** Run one leaf. Proposed again until its end was observed; the same `key` is the same attempt. */
export interface StartAction {
  readonly type: "Start"
  /** The node's id. */
  readonly key: string
  readonly node: string
  readonly nodeName: string
  readonly podName: string
  /** The template's name, as executors look it up. */
  readonly templateName: string
  /** With every tag replaced. */
  readonly template: Template
  readonly inputs: Inputs | undefined
  /** When the node began; a step found again after a restart began then, not now. */
  readonly startedAt: EpochMs
  /** When the engine will ask for its end. */
  readonly deadline: EpochMs | undefined
  /** True where the status already says Running: look for it before starting it. */
  readonly isResumed: boolean
}

/** End one leaf; its `Finished` is awaited. */
export interface StopAction {
  readonly type: "Stop"
  /** The node's id with `/stop`. */
  readonly key: string
  readonly node: string
  readonly reason: string
}

/**
 * Ask for locks. Answered by `Acquired`, `Queued` or `Refused`; after `Queued`, `Acquired` follows one day, and `Queued` again
 * where another lock is waited for meanwhile.
 */
export interface AcquireAction {
  readonly type: "Acquire"
  /** The holder with `/acquire`. */
  readonly key: string
  /** The node's id; empty for the workflow itself. */
  readonly node: string
  readonly request: LockRequest
}

/** Give locks back, or the place in line for them. */
export interface ReleaseAction {
  readonly type: "Release"
  /** The holder with `/release`. */
  readonly key: string
  readonly node: string
  readonly holder: string
}

/** Something remembered. */
export interface MemoEntry {
  /** The node that it came from. */
  readonly nodeId: string
  readonly outputs: NodeOutputs | undefined
  readonly createdAt: number
  /** When somebody last used it. Absent: nobody has. */
  readonly lastHitAt?: number
}

/** Ask a cache what it remembers (`Recall`, answered by `Recalled`), or have it remember (`Remember`, `Remembered`). */
export type MemoAction =
  | {
      readonly type: "Recall"
      /** The node's id with `/recall`. */
      readonly key: string
      readonly node: string
      /** The cache: the name of its ConfigMap. */
      readonly cache: string
      readonly entry: string
      /** Older entries are of no use. `undefined`: none is too old. */
      readonly maxAgeMs: number | undefined
    }
  | {
      readonly type: "Remember"
      /** The node's id with `/remember`. */
      readonly key: string
      readonly node: string
      readonly cache: string
      readonly entry: string
      readonly value: MemoEntry
    }

/** An artifact of a node. */
export interface NodeArtifact {
  readonly node: string
  readonly artifact: Artifact
}

/** A volume of the workflow's own. */
export interface VolumeClaim {
  /** The name under which containers mount it. */
  readonly volume: string
  /** The claim's name: the workflow's and the volume's. */
  readonly claim: string
  /** The item of `volumeClaimTemplates`, its tags replaced. */
  readonly template: JsonObject
}

/** Make the workflow's volumes, before anything runs. Answered by `Claimed`. */
export interface ClaimAction {
  readonly type: "Claim"
  readonly key: "claim"
  /** Empty: it concerns the workflow. */
  readonly node: ""
  readonly claims: readonly VolumeClaim[]
}

/** Delete the artifacts and volumes that go with the workflow's end. Answered by `Collected`. */
export interface CollectAction {
  readonly type: "Collect"
  /** `collect/` and the strategy. */
  readonly key: string
  /** Empty: it concerns the workflow. */
  readonly node: ""
  readonly artifacts: readonly NodeArtifact[]
  /** Names of volume claims. */
  readonly claims: readonly string[]
}

/** A custom metric, as a workflow tells it. */
export type Measurement = {
  readonly name: string
  readonly help: string
  readonly labels: { readonly [label: string]: string }
} & (
  | { readonly kind: "counter"; readonly value: number }
  | { readonly kind: "gauge"; readonly value: number; readonly operation: "Set" | "Add" | "Sub" }
  /** A gauge of the seconds since an instant; a `gauge` of the same name and labels ends it. */
  | { readonly kind: "growing"; readonly since: number }
  | { readonly kind: "histogram"; readonly value: number; readonly buckets: readonly number[] }
)

/** Tell custom metrics. Nobody answers. */
export interface MeasureAction {
  readonly type: "Measure"
  readonly key: "measure"
  /** Empty: nothing is waited for. */
  readonly node: ""
  readonly measurements: readonly Measurement[]
}

/** What a core wants done. */
export type Action =
  | StartAction
  | StopAction
  | AcquireAction
  | ReleaseAction
  | MemoAction
  | ClaimAction
  | CollectAction
  | MeasureAction

/** Where a daemon is reached: `{{tasks.x.ip}}` and `{{tasks.x.hostNodeName}}`. */
export interface DaemonPlace {
  readonly podIP: string
  readonly hostNodeName?: string
}

/** How one container of a set ended. */
export interface ContainerOutcome {
  readonly phase: "Succeeded" | "Failed" | "Error"
  readonly message?: string
  readonly exitCode?: string
}

/** How a leaf ended. */
export interface Outcome {
  readonly phase: "Succeeded" | "Failed" | "Error"
  /** True: it could not even be started, for what `message` says. Whoever called its template meets that as an Error too. */
  readonly isUnstarted?: true
  readonly message?: string
  readonly exitCode?: string
  /** Standard output without its last newline. */
  readonly result?: string
  /** Output parameters that were found, by name. */
  readonly parameters?: { readonly [name: string]: string }
  /** Output artifacts that were stored, with their location. */
  readonly artifacts?: readonly Artifact[]
  readonly hostNodeName?: string
  /** What it took of each resource, in seconds of a base amount. */
  readonly resourcesDuration?: { readonly [resource: string]: number }
  /** The containers of a containerSet, by name. Those that are not named end as the leaf does. */
  readonly containers?: { readonly [name: string]: ContainerOutcome }
}

/** Something that happened to a run. */
export type WorkflowEvent =
  /** Time passed; nothing else. */
  | { readonly type: "Tick" }
  | { readonly type: "Started"; readonly node: string; readonly hostNodeName?: string }
  /** Why a leaf has not started yet, in words of whoever runs it. */
  | { readonly type: "Waiting"; readonly node: string; readonly message: string }
  /** How far a running leaf is, `3/10`, in its own words. */
  | { readonly type: "Progress"; readonly node: string; readonly progress: string }
  /** A daemon can be used: whoever waits for it goes on, and reaches it at the address. */
  | ({ readonly type: "Ready"; readonly node: string } & DaemonPlace)
  | { readonly type: "Finished"; readonly node: string; readonly outcome: Outcome }
  /** Ends suspended nodes: all, or the one with that id. */
  | { readonly type: "Resume"; readonly node?: string }
  /** Ends a suspended node with outputs. Values that it does not take end nothing: its message says why. */
  | {
      readonly type: "Set"
      readonly node: string
      readonly phase?: NodePhase & ("Succeeded" | "Failed" | "Error" | "Skipped")
      readonly message?: string
      readonly parameters?: { readonly [name: string]: string }
    }
  | { readonly type: "Suspend"; readonly isSuspended: boolean }
  /** What became of an `Acquire`; `node` is empty for the workflow's own. */
  | { readonly type: "Acquired"; readonly node: string }
  | {
      readonly type: "Queued"
      readonly node: string
      readonly lock: string
      readonly message: string
      /** The place in line, from 1; for explanations. */
      readonly position?: number
      /** Who has each of the locks that it waits for. */
      readonly holders?: { readonly [lock: string]: readonly string[] }
    }
  | { readonly type: "Refused"; readonly node: string; readonly message: string }
  /** What a cache remembers: nothing, an entry, or why it cannot tell. */
  | {
      readonly type: "Recalled"
      readonly node: string
      readonly entry?: MemoEntry
      readonly fault?: string
    }
  /** A cache remembers what a node came to; a fault says why not, and makes the node an Error. */
  | { readonly type: "Remembered"; readonly node: string; readonly fault?: string }
  /** The workflow's volumes are there; a fault says why not. */
  /** `isPassing`: they are asked for again, and the workflow waits. */
  | { readonly type: "Claimed"; readonly fault?: string; readonly isPassing?: true }
  /** What became of a `Collect`: these artifacts are gone, and why others are not. */
  | {
      readonly type: "Collected"
      readonly deleted: readonly { readonly node: string; readonly name: string }[]
      readonly faults?: readonly string[]
    }
  | { readonly type: "Shutdown"; readonly strategy: "Stop" | "Terminate" }
