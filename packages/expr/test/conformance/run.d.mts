/** What one golden file came to. */
export interface ConformanceResult {
  readonly file: string
  readonly equal: number
  readonly total: number
  readonly skipped: number
}

/** Runs the golden files of a directory, or one of them; those that are not there are left out. */
export function runConformance(directory: string, only?: string): readonly ConformanceResult[]
