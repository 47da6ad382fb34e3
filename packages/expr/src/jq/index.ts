/**
 * jq with gojq's meaning, as Workflows (`jqFilter`), Events (`transform.jq`) and Argo CD (`jqPathExpressions`) run it.
 *
 * @packageDocumentation
 */

export { parseJqJson } from "./input.js"
export { compileJqPaths, type JqPath, type JqPaths } from "./paths.js"
export { compileJq, type JqBudget, type JqEvaluateOptions, type JqProgram } from "./program.js"
export { jqResourceOutput } from "./resource.js"
export type { JqObject, JqValue } from "./value.js"
