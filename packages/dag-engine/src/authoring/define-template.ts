import type { ValueFrom } from "../api/parameter.js"
import type { DagTask, SuspendTemplate } from "../api/step.js"
import type { Container, ScriptTemplate, Template } from "../api/template.js"

/** A parameter's value as authors write it. */
export type Scalar = string | number | boolean

/** What a template says besides its inputs and outputs. */
export type TemplateBody = Omit<Template, "name" | "inputs" | "outputs" | "steps" | "dag"> & {
  readonly container?: Container
  readonly script?: ScriptTemplate
  readonly suspend?: SuspendTemplate
}

/** How {@link defineTemplate} is told about a template. */
export interface TemplateDefinition<
  Input extends string,
  Optional extends string,
  Output extends string,
> extends TemplateBody {
  /** Names of the parameters that every call gives. */
  readonly inputs?: readonly Input[]
  /** Parameters that a call may leave out, with what they are then. */
  readonly defaults?: { readonly [Name in Optional]: Scalar }
  /** Output parameters: the file that holds one, or the whole `valueFrom`. */
  readonly outputs?: { readonly [Name in Output]: string | ValueFrom }
}

/** A template whose inputs and outputs the compiler knows. */
export interface DefinedTemplate<
  Input extends string = string,
  Optional extends string = string,
  Output extends string = string,
> {
  readonly inputs: readonly Input[]
  readonly optional: readonly Optional[]
  readonly outputs: readonly Output[]
  /** The template as YAML has it, without its name. */
  readonly template: Template
}

/**
 * A leaf template: `defineTemplate({ inputs: ["branch"], outputs: { image: "/tmp/image" }, container: { image: "kaniko" } })`.
 * In its body `{{inputs.parameters.branch}}` is written as ever.
 */
export function defineTemplate<
  const Input extends string = never,
  const Optional extends string = never,
  const Output extends string = never,
>(
  definition: TemplateDefinition<Input, Optional, Output>,
): DefinedTemplate<Input, Optional, Output> {
  const { inputs = [], defaults, outputs, ...body } = definition
  const optional = Object.keys(defaults ?? {}) as Optional[]
  const produced = Object.keys(outputs ?? {}) as Output[]
  const parameters = [
    ...inputs.map((name) => ({ name })),
    ...optional.map((name) => ({ name, default: defaults?.[name] as Scalar })),
  ]
  const results = produced.map((name) => {
    const source = outputs?.[name] as string | ValueFrom
    return { name, valueFrom: typeof source === "string" ? { path: source } : source }
  })
  const template: Template = {
    ...(parameters.length === 0 ? {} : { inputs: { parameters } }),
    ...(results.length === 0 ? {} : { outputs: { parameters: results } }),
    ...body,
  }
  return { inputs, optional, outputs: produced, template }
}

/** What a call gives: every input, and what it likes of the others. */
export type CallArguments<Called> =
  Called extends DefinedTemplate<infer Input, infer Optional, string>
    ? { readonly [Name in Input]: Scalar } & { readonly [Name in Optional]?: Scalar }
    : never

/** A task that was added to a DAG: what others may refer to. */
export interface TaskHandle<Output extends string = string> {
  readonly name: string
  /** Tags of its output parameters. */
  readonly outputs: { readonly [Name in Output]: string }
  /** `{{tasks.<name>.outputs.result}}`. */
  readonly result: string
  readonly status: string
  readonly exitCode: string
}

/** How a task stands in its DAG; the fields of `dag.tasks[]`. */
export type TaskOptions = Pick<
  DagTask,
  "when" | "withItems" | "withParam" | "withSequence" | "continueOn" | "hooks"
> & {
  /** Tasks that must have ended well, or a condition like `a && b.Failed`. */
  readonly depends?: string | readonly Pick<TaskHandle, "name">[]
}
