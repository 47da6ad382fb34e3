import type { JsonObject } from "@argo-ts/kernel"
import type { Artifact } from "./artifact.js"

/** A key of a ConfigMap (`valueFrom.configMapKeyRef`). */
export interface ConfigMapKeyRef {
  readonly name: string
  readonly key: string
  /** Carried: an absent map or key falls back to the default wherever there is one. */
  readonly optional?: boolean
}

/** Where a parameter's value comes from. Which variant is legal depends on the place. */
export interface ValueFrom {
  /** A file that the step wrote. Outputs of container and script templates. */
  readonly path?: string
  /** A tag that names another output. Outputs of steps and dag templates. */
  readonly parameter?: string
  /** An expr-lang expression. Outputs of steps and dag templates. */
  readonly expression?: string
  /** Set by whoever resumes a suspended node. */
  readonly supplied?: JsonObject
  /** Used where the source has no value. */
  readonly default?: string | number | boolean
  /** A key of a ConfigMap that carries the label `workflows.argoproj.io/configmap-type: Parameter`. */
  readonly configMapKeyRef?: ConfigMapKeyRef
  /** kubectl's JSONPath over the object. Outputs of resource templates. */
  readonly jsonPath?: string
  /** A jq filter over the object. Outputs of resource templates. */
  readonly jqFilter?: string
  /** expr-lang over an event. Arguments of event bindings. */
  readonly event?: string
}

/** A named string (`parameters[]`). Numbers and booleans in YAML become strings. */
export interface Parameter {
  /** `^[-a-zA-Z0-9_]+$`, unique in its list. */
  readonly name: string
  readonly value?: string | number | boolean
  /** Used where no value is given. */
  readonly default?: string | number | boolean
  readonly valueFrom?: ValueFrom
  /** The values that are allowed. */
  readonly enum?: readonly (string | number | boolean)[]
  readonly description?: string
  /** Copies an output parameter to `workflow.outputs.parameters.<globalName>`. */
  readonly globalName?: string
}

/** `arguments` of a workflow, step, task or hook. */
export interface Arguments {
  readonly parameters?: readonly Parameter[]
  readonly artifacts?: readonly Artifact[]
}

/** `inputs` of a template. */
export interface Inputs {
  readonly parameters?: readonly Parameter[]
  readonly artifacts?: readonly Artifact[]
}

/** `outputs` of a template. */
export interface Outputs {
  readonly parameters?: readonly Parameter[]
  readonly artifacts?: readonly Artifact[]
}
