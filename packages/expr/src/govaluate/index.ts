/**
 * govaluate as the projects call it: Workflows `when`, Events `filters.exprs`.
 *
 * @packageDocumentation
 */
export { type ConditionOptions, compileGovaluate, compileWhen, type Parameters } from "./compile.js"
