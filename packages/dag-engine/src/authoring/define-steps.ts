import type { JsonValue } from "@argo-ts/kernel"
import type { Executor } from "../executors/executor.js"
import { functionExecutor, type StepContext, type StepFunction } from "../executors/functions.js"
import type { TemplateTypes } from "./define-workflow.js"

/** What a typed function sees: its template's inputs by name. */
export interface TypedContext<Inputs> extends Omit<StepContext, "parameters"> {
  readonly parameters: Inputs
}

/** What a typed function gives back: every declared output. */
export type TypedResult<Outputs> = keyof Outputs extends never
  ? void | string | number | boolean | { readonly result?: JsonValue }
  : { readonly parameters: Outputs; readonly result?: JsonValue }

/** One function a template. */
export type TypedSteps<Types extends TemplateTypes> = {
  readonly [Name in keyof Types]: (
    context: TypedContext<Types[Name]["inputs"]>,
  ) => TypedResult<Types[Name]["outputs"]> | Promise<TypedResult<Types[Name]["outputs"]>>
}

/**
 * {@link functionExecutor} with the types of a workflow: of `TypesOf<typeof workflow>`, or of what `generateTypes` wrote.
 * A function that is missing, reads an input that is not declared or leaves out an output does not compile.
 */
export function defineSteps<Types extends TemplateTypes>(steps: TypedSteps<Types>): Executor {
  return functionExecutor(steps as unknown as { readonly [template: string]: StepFunction })
}
