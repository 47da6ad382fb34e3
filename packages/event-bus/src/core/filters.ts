import { failed, type Issue, type IssuePath, ok, type Result } from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"
import type {
  ContextFilter,
  DataFilter,
  EventDependency,
  EventDependencyFilter,
  ExprFilter,
  TimeFilter,
} from "../api/filters.js"
import { compileContextFilter } from "./context-filter.js"
import { compileDataFilter } from "./data-filter.js"
import { compileExprFilter } from "./expr-filter.js"
import type { Zones } from "./languages.js"
import { compileTimeFilter } from "./time-filter.js"
import { type Judge, passed, type Verdict } from "./verdict.js"

/** Kinds of filter, in the order they are asked. */
export type FilterKind = "exprs" | "data" | "context" | "time"

/** One question of a dependency, and what it found. */
export interface FilterFinding {
  readonly filter: FilterKind
  /** Index in `exprs` or `data`. */
  readonly index?: number
  readonly outcome: Verdict["outcome"]
  /** Why it did not pass. */
  readonly message?: string
}

/** Entries of one kind, combined. */
interface FilterGroup {
  readonly kind: FilterKind
  readonly entries: readonly Judge[]
  readonly isAny: boolean
  readonly judge: Judge
}

/** The filters of a dependency, ready for any number of events. */
export interface CompiledFilters {
  readonly judge: Judge
  /** Asks every question, whatever the others found. */
  findings(event: CloudEvent): readonly FilterFinding[]
}

function judgeAll(judges: readonly Judge[]): Judge {
  if (judges.length === 1) return judges[0] as Judge
  return (event) => {
    for (const judge of judges) {
      const verdict = judge(event)
      if (verdict.outcome !== "Passed") return verdict
    }
    return passed
  }
}

/** The first that passes decides; where none does, an entry that could not be asked is worth telling first. */
function judgeAny(judges: readonly Judge[]): Judge {
  return (event) => {
    let worst: Verdict | undefined
    for (const judge of judges) {
      const verdict = judge(event)
      if (verdict.outcome === "Passed") return verdict
      if (worst === undefined || (worst.outcome === "Refused" && verdict.outcome === "Failed")) {
        worst = verdict
      }
    }
    return worst ?? passed
  }
}

/** As {@link judgeAny}, but a kind that could not be asked refuses the event even where another passes (§2.8). */
function judgeAnyKind(judges: readonly Judge[]): Judge {
  return (event) => {
    let refused: Verdict | undefined
    let hasPassed = false
    for (const judge of judges) {
      const verdict = judge(event)
      if (verdict.outcome === "Failed") return verdict
      if (verdict.outcome === "Passed") hasPassed = true
      else refused ??= verdict
    }
    return hasPassed ? passed : (refused ?? passed)
  }
}

interface Gathered {
  readonly groups: FilterGroup[]
  readonly issues: Issue[]
}

function gather<Entry>(
  gathered: Gathered,
  path: IssuePath,
  group: {
    readonly kind: FilterKind
    readonly entries: readonly Entry[] | undefined
    readonly operator?: string | undefined
    readonly compile: (entry: Entry) => Result<Judge>
  },
): void {
  const { kind, entries = [], operator, compile } = group
  const judges: Judge[] = []
  for (const [index, entry] of entries.entries()) {
    const result = compile(entry)
    const at = kind === "exprs" || kind === "data" ? [...path, kind, index] : [...path, kind]
    if (result.ok) judges.push(result.value)
    else gathered.issues.push(...result.issues.map((i) => ({ ...i, path: [...at, ...i.path] })))
  }
  if (judges.length === 0) return
  const isAny = operator === "or"
  const judge = isAny ? judgeAny(judges) : judgeAll(judges)
  gathered.groups.push({ kind, entries: judges, isAny, judge })
}

function gatherAll(filters: EventDependencyFilter, path: IssuePath, zones?: Zones): Gathered {
  const gathered: Gathered = { groups: [], issues: [] }
  const { exprs, exprLogicalOperator, data, dataLogicalOperator, context, time } = filters
  const one = <Entry>(entry: Entry | undefined): Entry[] => (entry === undefined ? [] : [entry])
  gather<ExprFilter>(gathered, path, {
    kind: "exprs",
    entries: exprs,
    operator: exprLogicalOperator,
    compile: compileExprFilter,
  })
  gather<DataFilter>(gathered, path, {
    kind: "data",
    entries: data,
    operator: dataLogicalOperator,
    compile: compileDataFilter,
  })
  gather<ContextFilter>(gathered, path, {
    kind: "context",
    entries: one(context),
    compile: compileContextFilter,
  })
  gather<TimeFilter>(gathered, path, {
    kind: "time",
    entries: one(time),
    compile: (filter) => compileTimeFilter(filter, zones),
  })
  return gathered
}

/** A verdict as data. */
function spelled(verdict: Verdict): Pick<FilterFinding, "outcome" | "message"> {
  if (verdict.outcome === "Passed") return verdict
  return { outcome: verdict.outcome, message: verdict.message() }
}

/** Compiles the filters of a dependency: exprs, data, context, time — spec/events §2.8. */
export function compileFilters(
  dependency: EventDependency,
  path: IssuePath = [],
  zones?: Zones,
): Result<CompiledFilters> {
  const { groups, issues } = gatherAll(dependency.filters ?? {}, [...path, "filters"], zones)
  if (issues.length > 0) return failed(issues)
  const judges = groups.map((group) => group.judge)
  const isAny = dependency.filtersLogicalOperator === "or" && judges.length > 0
  return ok({
    judge: isAny ? judgeAnyKind(judges) : judgeAll(judges),
    findings: (event) =>
      groups.flatMap(({ kind, entries }) =>
        entries.map((judge, index) => ({
          filter: kind,
          ...(kind === "exprs" || kind === "data" ? { index } : {}),
          ...spelled(judge(event)),
        })),
      ),
  })
}
