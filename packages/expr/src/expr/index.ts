/**
 * expr-lang 1.17 (and 1.15, the dialect of Events): compile once, evaluate many.
 *
 * @packageDocumentation
 */
export { workflowFunctions } from "../presets/workflows.js"
export {
  compileExpr,
  type Environment,
  type ExprOptions,
  type ExprProgram,
  requireBoolean,
} from "./compile.js"
