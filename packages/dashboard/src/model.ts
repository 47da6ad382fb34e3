/** How something is doing, in the words of the screen: one scale for all engines. */
export type Tone = "good" | "busy" | "waiting" | "bad" | "unknown"

/** What every line of the screen has. */
export interface Line {
  readonly namespace: string
  readonly name: string
  readonly tone: Tone
  /** The engine's own word: a phase or a health status. */
  readonly state: string
  /** The engine's own sentence, or "". */
  readonly message: string
}

/** An Application. */
export interface ApplicationLine extends Line {
  readonly project: string
  readonly repository: string
  readonly path: string
  /** The commit that was synced last, or "". */
  readonly revision: string
  readonly sync: string
  readonly health: string
  /** Phase of the running or last operation, or "". */
  readonly operation: string
  readonly resources: readonly ResourceLine[]
}

/** A resource of an Application. */
export interface ResourceLine extends Line {
  readonly kind: string
  readonly sync: string
}

/** A Rollout. */
export interface RolloutLine extends Line {
  /** Steps done, of `steps`; absent for blue-green. */
  readonly step?: number
  readonly steps?: number
  /** Percent of the traffic that the new version gets. */
  readonly weight: number
  readonly versions: readonly VersionLine[]
  readonly analyses: readonly Line[]
}

/** The pods of one version of a Rollout. */
export interface VersionLine {
  readonly hash: string
  readonly image: string
  readonly role: "stable" | "canary" | "old"
  readonly replicas: number
  readonly ready: number
}

/** A Workflow and the tree of its steps. */
export interface WorkflowLine extends Line {
  readonly startedAt: string
  readonly finishedAt: string
  /** `2/3`. */
  readonly progress: string
  readonly nodes: readonly NodeLine[]
}

/** A node of a workflow in the order of the tree; `depth` 0 is the top. */
export interface NodeLine {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly tone: Tone
  readonly state: string
  readonly message: string
  readonly depth: number
}

/** A Stage. */
export interface StageLine extends Line {
  /** Names of the Warehouses and Stages it takes Freight from. */
  readonly sources: readonly string[]
  readonly freight: string
  /** What runs there: image tags, chart versions, commits. */
  readonly versions: readonly string[]
  readonly verification: string
  readonly promotion: string
  readonly isAutomatic: boolean
}

/** A piece of Freight. */
export interface FreightLine {
  readonly namespace: string
  readonly name: string
  readonly alias: string
  readonly warehouse: string
  readonly versions: readonly string[]
  readonly currentlyIn: readonly string[]
  readonly verifiedIn: readonly string[]
  readonly approvedFor: readonly string[]
}

/** A Promotion. */
export interface PromotionLine extends Line {
  readonly stage: string
  readonly freight: string
  readonly step: number
  readonly steps: number
}

/** An EventSource or a Sensor. */
export interface EventLine extends Line {
  readonly kind: "EventSource" | "Sensor"
  /** Events of a source; dependencies of a sensor. */
  readonly inputs: readonly string[]
  readonly triggers: readonly string[]
}

/** Everything a screen shows. JSON; sorted by namespace and name; the same objects give the same model. */
export interface ReadModel {
  readonly applications: readonly ApplicationLine[]
  readonly rollouts: readonly RolloutLine[]
  readonly workflows: readonly WorkflowLine[]
  readonly stages: readonly StageLine[]
  readonly freight: readonly FreightLine[]
  readonly promotions: readonly PromotionLine[]
  readonly events: readonly EventLine[]
  /** What needs a person: every line whose tone is bad, with its kind. */
  readonly attention: readonly (Line & { readonly kind: string })[]
}
