/**
 * Workflows written in TypeScript, and types for the callers of templates.
 *
 * @packageDocumentation
 */
export {
  defineSteps,
  type TypedContext,
  type TypedResult,
  type TypedSteps,
} from "./define-steps.js"
export {
  type CallArguments,
  type DefinedTemplate,
  defineTemplate,
  type Scalar,
  type TaskHandle,
  type TaskOptions,
  type TemplateBody,
  type TemplateDefinition,
} from "./define-template.js"
export {
  type DefinedTemplates,
  type DefinedWorkflow,
  defineWorkflow,
  type Flow,
  type TemplateTypes,
  type TypesOf,
  type WorkflowDefinition,
} from "./define-workflow.js"
export { generateTypes } from "./generate-types.js"
