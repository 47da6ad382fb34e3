/** How a run, a metric or a measurement stands. */
export type AnalysisPhase =
  | "Pending"
  | "Running"
  | "Successful"
  | "Failed"
  | "Error"
  | "Inconclusive"

/** `status` of an AnalysisRun. */
export interface AnalysisRunStatus {
  readonly phase: AnalysisPhase
  /** Why the run ended badly. */
  readonly message?: string
  readonly metricResults?: readonly MetricResult[]
  /** RFC 3339. */
  readonly startedAt?: string
  /** RFC 3339. */
  readonly completedAt?: string
  /** Metrics by outcome. */
  readonly runSummary?: RunSummary
  /** Metrics by outcome that were measured but do not decide. */
  readonly dryRunSummary?: RunSummary
}

/** How many metrics ended how. */
export interface RunSummary {
  readonly count?: number
  readonly successful?: number
  readonly failed?: number
  readonly inconclusive?: number
  readonly error?: number
}

/** What is known about one metric. */
export interface MetricResult {
  readonly name: string
  readonly phase: AnalysisPhase
  /** The last ones, oldest first. */
  readonly measurements?: readonly Measurement[]
  readonly message?: string
  /** Measurements that ended other than in an error. */
  readonly count?: number
  readonly successful?: number
  readonly failed?: number
  readonly inconclusive?: number
  readonly error?: number
  readonly consecutiveError?: number
  readonly consecutiveSuccess?: number
  readonly dryRun?: boolean
  readonly metadata?: { readonly [key: string]: string }
}

/** One measurement. */
export interface Measurement {
  readonly phase: AnalysisPhase
  readonly message?: string
  /** RFC 3339. */
  readonly startedAt?: string
  /** RFC 3339. */
  readonly finishedAt?: string
  /** The value as JSON text. */
  readonly value?: string
  readonly metadata?: { readonly [key: string]: string }
  /** RFC 3339: when an unfinished measurement is asked again. */
  readonly resumeAt?: string
}
