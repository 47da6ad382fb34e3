import { parseTime } from "../go/date.js"
import { goTime } from "../go/strftime.js"
import { utc } from "../go/time.js"
import { Fault } from "../issue.js"
import { durationOf, durationType, timeType } from "../values/time-types.js"
import { errorType, funcOf, type GoType, stringType } from "../values/types.js"
import { GoFunc, mapValue, type Value } from "../values/value.js"

const nanoseconds = {
  Nanosecond: 1n,
  Microsecond: 1000n,
  Millisecond: 1_000_000n,
  Second: 1_000_000_000n,
  Minute: 60_000_000_000n,
  Hour: 3_600_000_000_000n,
}

const layouts = {
  ANSIC: "Mon Jan _2 15:04:05 2006",
  UnixDate: "Mon Jan _2 15:04:05 MST 2006",
  RubyDate: "Mon Jan 02 15:04:05 -0700 2006",
  RFC822: "02 Jan 06 15:04 MST",
  RFC822Z: "02 Jan 06 15:04 -0700",
  RFC850: "Monday, 02-Jan-06 15:04:05 MST",
  RFC1123: "Mon, 02 Jan 2006 15:04:05 MST",
  RFC1123Z: "Mon, 02 Jan 2006 15:04:05 -0700",
  RFC3339: "2006-01-02T15:04:05Z07:00",
  RFC3339Nano: "2006-01-02T15:04:05.999999999Z07:00",
  Kitchen: "3:04PM",
  Stamp: "Jan _2 15:04:05",
  StampMilli: "Jan _2 15:04:05.000",
  StampMicro: "Jan _2 15:04:05.000000",
  StampNano: "Jan _2 15:04:05.000000000",
}

function textFunction(count: number, call: (...texts: string[]) => string): GoFunc {
  const params = Array.from({ length: count }, () => stringType)
  return new GoFunc(funcOf({ params, results: [stringType] }), (args) => call(...args.map(String)))
}

const parse = new GoFunc(
  funcOf({ params: [stringType], results: [timeType] }),
  ([text = ""], { zones }) => {
    const parsed = parseTime(String(text), layouts.RFC3339, zones("UTC") ?? utc)
    if (typeof parsed === "string") throw new Fault(parsed)
    return goTime(Number(parsed.ns / 1_000_000n) as Parameters<typeof goTime>[0], parsed.zone)
  },
)

const now = new GoFunc(funcOf({ params: [], results: [timeType] }), (_args, { now: at }) => {
  if (at === undefined) throw new Fault("the time is not known to this evaluation")
  return goTime(at as Parameters<typeof goTime>[0])
})

const times = mapValue([
  ["Parse", parse],
  ["Now", now],
  ...Object.entries(nanoseconds).map(([name, ns]) => [name, durationOf(ns)] as const),
  ...Object.entries(layouts),
])

const texts = mapValue([
  ["ReplaceAll", textFunction(3, (text, from, to) => text.replaceAll(from, () => to))],
  ["ToUpper", textFunction(1, (text) => text.toUpperCase())],
  ["ToLower", textFunction(1, (text) => text.toLowerCase())],
])

const scpLike = /^(?:[^@/]+@)?([^:/]+):(?!\/)(.+)$/

/** The web address of a repository: user, port of ssh and `.git` are left out. */
function repositoryPage(url: string): string {
  const bare = url.replace(/\.git$/, "")
  const scp = scpLike.exec(bare)
  if (scp !== null) return `https://${scp[1]}/${scp[2]}`
  return bare.replace(/^(?:https?|ssh|git):\/\/(?:[^@/]+@)?([^/:]+)(?::\d+)?\//, "https://$1/")
}

function fullName(url: string): string {
  return repositoryPage(url).replace(/^https?:\/\/[^/]+\//, "")
}

/** What asks a repository server or a cluster; a caller may bring it. */
function absent(name: string, result: GoType): GoFunc {
  return new GoFunc(
    funcOf({ params: [stringType], results: [result, errorType], variadic: true }),
    () => {
      throw new Fault(`repo.${name} asks a repository, which expressions here do not have`)
    },
  )
}

const repository = mapValue([
  ["RepoURLToHTTPS", textFunction(1, repositoryPage)],
  ["FullNameByRepoURL", textFunction(1, fullName)],
  ["QueryEscape", textFunction(1, (text) => encodeURIComponent(text).replace(/%20/g, "+"))],
  ["GetCommitMetadata", absent("GetCommitMetadata", durationType)],
  ["GetAppDetails", absent("GetAppDetails", durationType)],
])

/** What Argo CD's notification triggers may call: `time`, `strings`, `repo`. */
export const notificationFunctions: { readonly [name: string]: Value } = Object.freeze({
  time: times,
  strings: texts,
  repo: repository,
})

/** What Rollouts' notification triggers may call. */
export const rolloutNotificationFunctions: { readonly [name: string]: Value } = Object.freeze({
  time: mapValue([
    ["Parse", parse],
    ["Now", now],
  ]),
})
