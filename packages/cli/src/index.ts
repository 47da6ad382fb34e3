/**
 * The `argo-ts` command as a function.
 *
 * @packageDocumentation
 */
export { CliError, type ExitCode, type Io, type OutputFormat } from "./io.js"
export { main } from "./main.js"
