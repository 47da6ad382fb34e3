import { compileCron } from "@argo-ts/expr/cron"
import { systemZones } from "@argo-ts/expr/zones"
import { epochMs, formatInstant, isJsonObject } from "@argo-ts/kernel"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { type Manifest, readManifests } from "../manifests/read.js"
import { readInstant } from "../workflows/submission.js"

/** Options of `cron next`. */
export interface CronNextOptions {
  readonly count: number
  readonly after?: string
  readonly zone?: string
  readonly output: OutputFormat
}

const countMax = 1000

interface Schedules {
  readonly name: string
  readonly schedules: readonly string[]
  readonly zone: string | undefined
}

/** `argo-ts cron next SCHEDULE|PATH`: when a schedule, or the CronWorkflows of a file, run next. */
export function cronNext(what: string, options: CronNextOptions, io: Io): ExitCode {
  const after =
    options.after === undefined ? epochMs(Date.now()) : readInstant("--after", options.after)
  if (options.count < 1 || options.count > countMax) {
    throw new CliError("InvalidOption", `-n: expected 1 to ${countMax}, found ${options.count}`)
  }
  const found = sourcesOf(what, options, io).map((source) => {
    const times = source.schedules.flatMap((schedule) =>
      nextTimes(schedule, source.zone, after, options.count),
    )
    const sorted = [...new Set(times)].sort((left, right) => left - right)
    return {
      name: source.name,
      next: sorted.slice(0, options.count).map((at) => formatInstant(epochMs(at))),
    }
  })
  if (options.output === "json") io.out(`${JSON.stringify({ schedules: found })}\n`)
  else {
    for (const { name, next } of found) {
      io.out(`${name}: ${next.length === 0 ? "never" : ""}\n`)
      for (const at of next) io.out(`  ${at}\n`)
    }
  }
  return 0
}

function sourcesOf(what: string, options: CronNextOptions, io: Io): readonly Schedules[] {
  if (what.startsWith("@") || what.trim().split(/\s+/).length >= 5) {
    return [{ name: what, schedules: [what], zone: options.zone }]
  }
  const { manifests } = readManifests([what], io.cwd)
  const crons = manifests.filter(({ value }) => value.kind === "CronWorkflow").map(schedulesOf)
  if (crons.length > 0) return crons
  throw new CliError(
    "NotFound",
    `expected a schedule or a file with a CronWorkflow, found ${JSON.stringify(what)}`,
  )
}

function schedulesOf({ value, file }: Manifest): Schedules {
  const spec = isJsonObject(value["spec"]) ? value["spec"] : {}
  const metadata = isJsonObject(value["metadata"]) ? value["metadata"] : {}
  const schedules = Array.isArray(spec["schedules"]) ? spec["schedules"] : []
  const texts = schedules.filter((each): each is string => typeof each === "string")
  if (texts.length === 0) {
    throw new CliError(
      "InvalidManifest",
      `${file}: spec.schedules: expected schedules, found none`,
      { exitCode: 1 },
    )
  }
  const zone = spec["timezone"]
  return {
    name: String(metadata["name"] ?? file),
    schedules: texts,
    zone: typeof zone === "string" ? zone : undefined,
  }
}

function nextTimes(
  schedule: string,
  zoneName: string | undefined,
  after: number,
  count: number,
): readonly number[] {
  const zone = zoneName === undefined || zoneName === "" ? undefined : systemZones(zoneName)
  if (zoneName !== undefined && zoneName !== "" && zone === undefined) {
    throw new CliError("InvalidValue", `expected a time zone, found ${JSON.stringify(zoneName)}`, {
      exitCode: 1,
    })
  }
  const compiled = compileCron(schedule, {
    zones: systemZones,
    ...(zone === undefined ? {} : { zone }),
  })
  if (!compiled.ok) {
    const message = compiled.issues[0]?.message ?? "no schedule"
    throw new CliError("InvalidValue", `${JSON.stringify(schedule)}: ${message}`, { exitCode: 1 })
  }
  const times: number[] = []
  let at = compiled.value.next(epochMs(after))
  while (at !== undefined && times.length < count) {
    times.push(at)
    at = compiled.value.next(at)
  }
  return times
}
