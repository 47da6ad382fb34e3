import type { ExitCode, Io, OutputFormat } from "../io.js"

/** Options of `run`. */
export interface RunOptions {
  readonly parameter: readonly string[]
  readonly executor: string
  readonly outcomes?: string
  readonly directory?: string
  readonly output: OutputFormat
}

/** placeholder until the runtime of dag-engine is there */
export async function run(
  _paths: readonly string[],
  _options: RunOptions,
  _io: Io,
): Promise<ExitCode> {
  return 2
}
