import type { JsonValue } from "@argo-ts/kernel"
import { formatManifests } from "@argo-ts/kernel/yaml"
import type { DagTask } from "../api/step.js"
import type { Template } from "../api/template.js"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import type {
  CallArguments,
  DefinedTemplate,
  Scalar,
  TaskHandle,
  TaskOptions,
} from "./define-template.js"

/** Templates by name. */
export type DefinedTemplates = { readonly [name: string]: DefinedTemplate }

/** What the entrypoint's DAG is built with. */
export interface Flow<Parameters extends string, Templates extends DefinedTemplates> {
  /** Tags of the workflow's parameters. */
  readonly parameters: { readonly [Name in Parameters]: string }
  /** Adds a task that calls a template. Throws `TypeError` for a name that is taken. */
  task<Name extends keyof Templates & string>(
    name: string,
    template: Name,
    given: CallArguments<Templates[Name]>,
    options?: TaskOptions,
  ): TaskHandle<Templates[Name]["outputs"][number]>
}

/** How {@link defineWorkflow} is told about a workflow. */
export interface WorkflowDefinition<Parameters extends string, Templates extends DefinedTemplates> {
  readonly name: string
  readonly namespace?: string
  /** The workflow's parameters and what they are unless given. */
  readonly parameters?: { readonly [Name in Parameters]: Scalar }
  readonly templates: Templates
  /** Builds the entrypoint, a DAG named `main`. */
  readonly flow: (flow: Flow<Parameters, Templates>) => void
  /** The template to run after everything else. */
  readonly onExit?: keyof Templates & string
  /** Everything else of the spec. */
  readonly spec?: Omit<WorkflowSpec, "templates" | "entrypoint" | "arguments" | "onExit">
}

/** Inputs and outputs of templates, by name: what `defineSteps` and `generateTypes` speak of. */
export type TemplateTypes = {
  readonly [template: string]: {
    readonly inputs: { readonly [name: string]: string | undefined }
    readonly outputs: { readonly [name: string]: Scalar | undefined }
  }
}

/** The types of defined templates: `defineSteps<TypesOf<typeof workflow>>({ … })`. */
export type TypesOf<Defined> =
  Defined extends DefinedWorkflow<string, infer Templates>
    ? {
        readonly [Name in keyof Templates]: Templates[Name] extends DefinedTemplate<
          infer Input,
          infer Optional,
          infer Output
        >
          ? {
              readonly inputs: { readonly [Key in Input | Optional]: string }
              readonly outputs: { readonly [Key in Output]: Scalar }
            }
          : never
      }
    : never

/** A workflow whose parameters, inputs and outputs the compiler knows. */
export interface DefinedWorkflow<Parameters extends string, Templates extends DefinedTemplates> {
  /** The plain Workflow: for `runWorkflow`, `lintWorkflows` or a cluster. */
  readonly manifest: Workflow
  readonly parameters: readonly Parameters[]
  readonly templates: Templates
  /** The manifest as YAML, for `kubectl apply`. */
  toYaml(): string
}

/**
 * Writes a workflow in TypeScript: a call with a missing or misspelt argument, or of an output that does not exist, does not
 * compile. What comes out is plain YAML without anything of ours.
 */
export function defineWorkflow<
  const Parameters extends string = never,
  const Templates extends DefinedTemplates = DefinedTemplates,
>(definition: WorkflowDefinition<Parameters, Templates>): DefinedWorkflow<Parameters, Templates> {
  const { name, namespace, templates, flow, onExit, spec } = definition
  const names = Object.keys(definition.parameters ?? {}) as Parameters[]
  const tasks = new Map<string, DagTask>()
  const tags = Object.create(null) as { [Name in Parameters]: string }
  for (const each of names) tags[each] = `{{workflow.parameters.${each}}}`
  flow({
    parameters: tags,
    task: (task, template, given, options = {}) => {
      if (tasks.has(task)) throw new TypeError(`the task "${task}" is there twice`)
      tasks.set(task, taskOf(task, template, given as Given, options))
      return handleOf(task, templates[template]?.outputs ?? [])
    },
  })
  const values = names.map((each) => ({
    name: each,
    value: definition.parameters?.[each] as Scalar,
  }))
  const main: Template = { name: "main", dag: { tasks: [...tasks.values()] } }
  const leaves = Object.keys(templates).map((each) => ({
    name: each,
    ...templates[each]?.template,
  }))
  const manifest: Workflow = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: {
      entrypoint: "main",
      ...(values.length === 0 ? {} : { arguments: { parameters: values } }),
      ...(onExit === undefined ? {} : { onExit }),
      ...spec,
      templates: [main, ...leaves],
    },
  }
  return {
    manifest,
    parameters: names,
    templates,
    toYaml: () => formatManifests([manifest as unknown as JsonValue]),
  }
}

type Given = { readonly [name: string]: Scalar | undefined }

function taskOf(name: string, template: string, given: Given, options: TaskOptions): DagTask {
  const { depends, ...rest } = options
  const condition =
    depends === undefined || typeof depends === "string"
      ? depends
      : depends.map((task) => task.name).join(" && ")
  const parameters = Object.keys(given).flatMap((key) => {
    const value = given[key]
    return value === undefined ? [] : [{ name: key, value }]
  })
  return {
    name,
    template,
    ...(condition === undefined || condition === "" ? {} : { depends: condition }),
    ...(parameters.length === 0 ? {} : { arguments: { parameters } }),
    ...rest,
  }
}

function handleOf<Output extends string>(
  name: string,
  outputs: readonly Output[],
): TaskHandle<Output> {
  const tags = Object.create(null) as { [Name in Output]: string }
  for (const each of outputs) tags[each] = `{{tasks.${name}.outputs.parameters.${each}}}`
  return {
    name,
    outputs: tags,
    result: `{{tasks.${name}.outputs.result}}`,
    status: `{{tasks.${name}.status}}`,
    exitCode: `{{tasks.${name}.exitCode}}`,
  }
}
