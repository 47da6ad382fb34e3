import type { JsonObject, JsonValue } from "@argo-ts/kernel"

/** A value that metrics of one address answer with, until another action replaces it. */
export interface ScriptedMetric {
  /** The address as the AnalysisTemplate names it: a Prometheus (`http://prometheus.monitoring.svc:9090`) or any URL. */
  readonly address: string
  /** Only this PromQL query. Default: every query of the address. */
  readonly query?: string
  /** What is measured: a number, a list of numbers (a vector), or null for no data. */
  readonly value?: number | readonly number[] | null
  /** For `web` metrics: the whole JSON body. Default `{"value": <value>}`. */
  readonly json?: JsonValue
  /** The HTTP status to answer with instead. */
  readonly status?: number
}

/** Files to commit: path → text, or null to remove the file. */
export interface CommitFiles {
  readonly [path: string]: string | null
}

/** A commit on a branch of a fixture repository. */
export interface ScenarioCommit {
  /** The URL of the repository as manifests name it. */
  readonly repository: string
  /** Default `main`. */
  readonly branch?: string
  readonly message: string
  readonly files: CommitFiles
  /** A tag to put on it. */
  readonly tag?: string
}

/** How unreliable the cluster is: probabilities from 0 to 1, drawn from the scenario's seed. */
export interface ScenarioFaults {
  /** Writes answered with a conflict that changed nothing. Default 0. */
  readonly conflicts?: number
  /** Writes answered with a server error before anything was stored. Default 0. */
  readonly errors?: number
  /** Writes that were stored, but answered with a timeout. Default 0. */
  readonly lostAnswers?: number
  /** Watches that end after an event, so that the watcher has to list again. Default 0. */
  readonly brokenWatches?: number
  /** Watch events that are delivered twice. Default 0. */
  readonly duplicateEvents?: number
}

/** A patch of one object; exactly one of `merge`, `strategic` and `json`. */
export interface ScenarioPatch {
  /** `Kind/namespace/name`. */
  readonly object: string
  /** RFC 7386. */
  readonly merge?: JsonObject
  readonly strategic?: JsonObject
  /** RFC 6902. */
  readonly json?: readonly JsonObject[]
  /** `status`, … */
  readonly subresource?: string
}

/** One thing that happens; exactly one field. */
export interface ScenarioAction {
  /** Creates or changes objects as `kubectl apply` does. */
  readonly apply?: JsonObject | readonly JsonObject[]
  /** Applies the manifests of a file, relative to the scenario. */
  readonly applyFile?: string
  /** Creates an object; it may have a `generateName`. */
  readonly create?: JsonObject
  readonly patch?: ScenarioPatch
  /** Deletes the object `Kind/namespace/name`. */
  readonly delete?: string
  readonly metric?: ScriptedMetric
  readonly commit?: ScenarioCommit
  readonly faults?: ScenarioFaults
  /** Lets time pass: a Go duration. */
  readonly advance?: string
  /** Stops all controllers and starts them anew, as a crash does. */
  readonly restart?: true
}

/** Objects as they are expected: reference → `present`, `absent` or a mapping of path → pattern. */
export interface StateSection {
  readonly [reference: string]: JsonValue
}

/** A moment of the story: time passes, then things happen, then the expectations are judged. */
export interface ScenarioMoment {
  /** Since the start of the scenario: a Go duration. At most one of `at` and `after`. */
  readonly at?: string
  /** Since the moment before: a Go duration. Default `0s`. */
  readonly after?: string
  /** What a reader should know about this moment. */
  readonly note?: string
  readonly when?: readonly ScenarioAction[]
  readonly expect?: StateSection
  /** Time passes until `expect` holds, at most this Go duration. Default: it must hold at once. */
  readonly within?: string
}

/** What there is before the story starts. */
export interface ScenarioGiven {
  /** Manifest files, relative to the scenario. */
  readonly files?: readonly string[]
  readonly objects?: readonly JsonObject[]
  readonly metrics?: readonly ScriptedMetric[]
  /** Commits that create the fixture repositories they name. */
  readonly commits?: readonly ScenarioCommit[]
  readonly faults?: ScenarioFaults
}

/** The name of a scenario. */
export interface ScenarioMetadata {
  readonly name: string
  /** Which risk the scenario is about, for the reader. */
  readonly description?: string
}

/** A test of delivery logic on virtual time: given, then a story of moments, and what must never be. */
export interface Scenario {
  readonly apiVersion: "testing.argo-ts.dev/v1alpha1"
  readonly kind: "Scenario"
  readonly metadata: ScenarioMetadata
  /** Virtual time of the start, RFC 3339. Default `2026-01-05T09:00:00Z`, a Monday. */
  readonly start?: string
  /** Of everything random. Default 1. */
  readonly seed?: number
  readonly given?: ScenarioGiven
  readonly story: readonly ScenarioMoment[]
  /** States that must never hold, judged after every write. Each entry is one state: all of it at once. */
  readonly never?: readonly StateSection[]
}

/** `apiVersion` of scenarios. */
export const scenarioApiVersion = "testing.argo-ts.dev/v1alpha1"
