/** What a command sees of the process it runs in. Tests hand in their own. */
export interface Io {
  /** Writes to standard output: results. */
  readonly out: (text: string) => void
  /** Writes to standard error: errors, and progress where standard output is for machines. */
  readonly err: (text: string) => void
  readonly isTty: boolean
  readonly columns: number
  readonly cwd: string
  readonly env: { readonly [name: string]: string | undefined }
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal
}

/** 0: yes. 1: a negative answer. 2: misuse. */
export type ExitCode = 0 | 1 | 2

/** A refusal with its one line. Anything else that is thrown is our own mistake. */
export class CliError extends Error {
  override readonly name = "CliError"
  readonly exitCode: ExitCode
  /** Stable, PascalCase. */
  readonly code: string
  /** Further lines of the same refusal, one per issue. */
  readonly details: readonly object[]

  constructor(
    code: string,
    message: string,
    options: { exitCode?: 1 | 2; details?: readonly object[] } = {},
  ) {
    super(message)
    this.code = code
    this.exitCode = options.exitCode ?? 2
    this.details = options.details ?? []
  }
}

/** The two forms of every answer. */
export type OutputFormat = "text" | "json"

/** Reads `-o`. */
export function outputFormat(text: string | undefined): OutputFormat {
  if (text === undefined || text === "text") return "text"
  if (text === "json") return "json"
  throw new CliError("InvalidOption", `-o: expected text or json, found ${JSON.stringify(text)}`)
}
