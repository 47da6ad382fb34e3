/**
 * Everything that can be said about workflows before they run.
 *
 * @packageDocumentation
 */
export { type LintOptions, lintWorkflows } from "./lint.js"
export type { LintIssue } from "./world.js"
