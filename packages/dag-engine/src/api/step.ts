import type { JsonObject, JsonValue } from "@argo-ts/kernel"
import type { Arguments } from "./parameter.js"
import type { Template } from "./template.js"

/** A template of a stored WorkflowTemplate (`templateRef`). */
export interface TemplateRef {
  /** The WorkflowTemplate. */
  readonly name: string
  /** The template in it. */
  readonly template: string
  /** True: a ClusterWorkflowTemplate. Default false. */
  readonly clusterScope?: boolean
}

/** Which bad ends of a step do not fail its parent (`continueOn`). Both default to false. */
export interface ContinueOn {
  readonly error?: boolean
  readonly failed?: boolean
}

/** `withSequence`: numbers. `count` or `end`, not both. */
export interface Sequence {
  readonly count?: string | number
  /** Default 0. */
  readonly start?: string | number
  /** Inclusive; below `start` counts down. */
  readonly end?: string | number
  /** A printf verb for each number. Default `%d`. */
  readonly format?: string
}

/** Work that a state of a node or workflow sets off (`hooks.<name>`). */
export interface LifecycleHook {
  readonly template?: string
  readonly templateRef?: TemplateRef
  readonly arguments?: Arguments
  /** When to run; required for every hook but `exit`. */
  readonly expression?: string
}

/** One call of a template inside `steps`. Exactly one of `template`, `templateRef`, `inline`. */
export interface WorkflowStep {
  readonly name: string
  readonly template?: string
  readonly templateRef?: TemplateRef
  /** A template without a name, used only here. */
  readonly inline?: Template
  readonly arguments?: Arguments
  /** Runs only where this condition holds; a govaluate expression. */
  readonly when?: string
  /** One instance for each item. */
  readonly withItems?: readonly JsonValue[]
  /** One instance for each element of a JSON list. */
  readonly withParam?: string
  /** One instance for each number. */
  readonly withSequence?: Sequence
  readonly continueOn?: ContinueOn
  readonly hooks?: { readonly [name: string]: LifecycleHook }
  /** Deprecated upstream: the template of `hooks.exit`. */
  readonly onExit?: string
}

/** One call of a template inside `dag.tasks`. */
export interface DagTask extends WorkflowStep {
  /** Tasks that must have succeeded (or been skipped). Not together with `depends`. */
  readonly dependencies?: readonly string[]
  /** A condition over the results of other tasks: `a && (b.Failed || c.Skipped)`. */
  readonly depends?: string
}

/** `dag`. */
export interface DagTemplate {
  readonly tasks: readonly DagTask[]
  /** Names of the tasks to reach, separated by blanks. Default: the tasks nobody depends on. */
  readonly target?: string
  /** Default true. Upstream still starts what is ready; see the README. */
  readonly failFast?: boolean
}

/** `suspend`. */
export interface SuspendTemplate {
  /** Seconds, or a Go duration. Absent: until somebody resumes it. */
  readonly duration?: string | number
}

/** `retryStrategy.backoff`. */
export interface Backoff {
  /** Seconds, or a Go duration. Required. */
  readonly duration?: string | number
  /** Each wait is this many times the former. Absent or not positive: constant. */
  readonly factor?: string | number
  /** No attempt starts later than this after the first one. */
  readonly maxDuration?: string | number
  /** The longest wait. */
  readonly cap?: string | number
}

/** `retryStrategy`. */
export interface RetryStrategy {
  /** So many attempts after the first. Absent: without limit. */
  readonly limit?: string | number
  /** `Always`, `OnFailure`, `OnError` or `OnTransientError`. Default `OnFailure`; `Always` where `expression` is set. */
  readonly retryPolicy?: "Always" | "OnFailure" | "OnError" | "OnTransientError"
  readonly backoff?: Backoff
  /** Retry only where this holds; sees `lastRetry` and `retries`. */
  readonly expression?: string
  /** Carried to the executor. */
  readonly affinity?: JsonObject
}
