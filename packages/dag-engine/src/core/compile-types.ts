import type { JsonValue } from "@argo-ts/kernel"
import type { Artifact } from "../api/artifact.js"
import type { Parameter } from "../api/parameter.js"
import type { NodeType } from "../api/status.js"
import type { Sequence, TemplateRef } from "../api/step.js"
import type { Template } from "../api/template.js"
import type { ArtifactSource } from "./artifact-source.js"
import type { CompiledConfigMapRef } from "./config-map-values.js"
import type { JsonText } from "./json-text.js"
import type { Depends, Expression, Text } from "./languages.js"

/** The kinds of template that this engine runs. */
export type TemplateKind =
  | "container"
  | "script"
  | "steps"
  | "dag"
  | "suspend"
  | "resource"
  | "http"
  | "containerSet"
  | "data"
  | "plugin"

/** A list of templates that name each other: the workflow's, or those of a referred object. */
export interface TemplateScope {
  /** `local/<workflow>`, `namespaced/<template>` or `cluster/<template>`. */
  readonly name: string
  /** Every template by name. */
  readonly templates: ReadonlyMap<string, Template>
  /** The same made ready, as they come into use. */
  readonly compiled: Map<string, CompiledTemplate>
}

/** A template made ready: tags parsed, graph indexed. One for all its calls. */
export interface CompiledTemplate {
  readonly name: string
  readonly kind: TemplateKind
  readonly nodeType: NodeType
  readonly source: Template
  readonly scope: TemplateScope
  readonly inputs: readonly CompiledInput[]
  readonly inputArtifacts: readonly Artifact[]
  /** The parts that executors read, with tags; `undefined` where there is none to replace. */
  readonly body: JsonText | undefined
  readonly units: readonly CompiledUnit[]
  readonly graph: Graph | undefined
  /** Steps: how many units each group has, and where it starts. */
  readonly groups: readonly Group[]
  readonly retry: CompiledRetry | undefined
  readonly synchronization: JsonText | undefined
  readonly memoize: JsonText | undefined
  readonly outputs: readonly CompiledOutput[]
  /** The declared output parameters, where any holds a tag. */
  readonly outputTexts: JsonText | undefined
  readonly outputArtifacts: readonly CompiledOutputArtifact[]
  readonly displayName: Text | undefined
  readonly parallelism: number
  readonly failFast: boolean
}

/** One declared input parameter, and how it was declared. */
export interface CompiledInput {
  readonly name: string
  readonly configMap: CompiledConfigMapRef | undefined
  /** What it is where nobody gives it a value. */
  readonly default: string | undefined
  readonly declared: Parameter
}

/** One declared output parameter of steps or dag. */
export interface CompiledOutput {
  readonly name: string
  readonly globalName: string | undefined
  readonly default: string | undefined
  /** `valueFrom.parameter` or `value`. */
  readonly text: Text | undefined
  readonly expression: Expression | undefined
  readonly isSupplied: boolean
}

/** Where a group of steps lies among the units. */
export interface Group {
  readonly start: number
  readonly count: number
}

/** The edges of a DAG by unit index. */
export interface Graph {
  readonly failFast: boolean
  readonly target: Text | undefined
  /** Units nobody depends on: the default targets, sorted by name. */
  readonly leaves: readonly number[]
  readonly byName: ReadonlyMap<string, number>
  /** The units as they begin where several may: each target, in order, after what it depends on. */
  readonly order: readonly number[]
  /** Where each unit stands in that order. */
  readonly ranks: readonly number[]
}

/** `continueOn` and what waits for a step or task. */
export interface CompiledUnit {
  readonly index: number
  readonly name: string
  readonly group: number
  /** What the unit's node adds to the name of its parent. */
  readonly suffix: string
  readonly when: Text | undefined
  readonly loop: CompiledLoop | undefined
  readonly call: CompiledCall
  readonly continueFailed: boolean
  readonly continueError: boolean
  /** DAG: indexes of dependencies and dependents. */
  readonly dependencies: readonly number[]
  dependents: number[]
  /** DAG: `undefined` where all dependencies must simply have gone well. */
  readonly depends: Depends | undefined
  readonly hooks: readonly CompiledHook[]
}

/** `withItems`, `withParam` or `withSequence`. */
export type CompiledLoop =
  | { readonly kind: "items"; readonly items: readonly JsonValue[]; readonly text: JsonText }
  | { readonly kind: "param"; readonly text: Text }
  | { readonly kind: "sequence"; readonly text: JsonText; readonly sequence: Sequence }

/** Which template, with what. */
export interface CompiledCall {
  readonly template: Text | undefined
  readonly templateRef: { readonly text: JsonText; readonly ref: TemplateRef } | undefined
  readonly inline: Template | undefined
  readonly parameters: readonly CompiledArgument[]
  readonly artifacts: readonly CompiledArtifactArgument[]
}

/** One argument. */
export interface CompiledArgument {
  readonly name: string
  readonly configMap: CompiledConfigMapRef | undefined
  readonly text: Text | undefined
}

/** One artifact argument: another artifact's name, or a location of its own. */
export interface CompiledArtifactArgument extends ArtifactSource {
  readonly name: string
  readonly subPath: Text | undefined
  readonly isOptional: boolean
  readonly location: JsonText | undefined
}

/** One declared output artifact; of a steps or dag template, with where it comes from. */
export interface CompiledOutputArtifact
  extends Pick<CompiledArtifactArgument, "name" | "from" | "choice" | "isOptional"> {
  readonly declared: Artifact
}

/** A hook of a unit or workflow. */
export interface CompiledHook {
  readonly name: string
  /** What the hook's node adds to the name of the node it follows: `.onExit` or `.hooks.<name>`. */
  readonly suffix: string
  readonly call: CompiledCall
  readonly expression: Expression | undefined
}

/** `retryStrategy`, its numbers read when the Retry node begins. */
export interface CompiledRetry {
  readonly limit: Text | undefined
  readonly policy: "Always" | "OnFailure" | "OnError" | "OnTransientError"
  readonly backoff: CompiledBackoff | undefined
  readonly expression: Expression | undefined
}

/** `retryStrategy.backoff`. */
export interface CompiledBackoff {
  readonly duration: Text | undefined
  readonly factor: Text | undefined
  readonly maxDuration: Text | undefined
  readonly cap: Text | undefined
}
