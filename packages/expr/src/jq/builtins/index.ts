import { Fault } from "../../issue.js"
import type { Filter } from "../filter.js"
import type { Machine } from "../machine.js"
import { collections } from "./collections.js"
import { control } from "./control.js"
import { entries } from "./entries.js"
import { math } from "./math.js"
import { ordering } from "./ordering.js"
import { paths } from "./paths.js"
import { patterns } from "./patterns.js"
import { streams } from "./streams.js"
import { strings } from "./strings.js"
import type { Build } from "./table.js"
import { times } from "./times.js"
import { values } from "./values.js"

const builtins: ReadonlyMap<string, Build> = new Map([
  ...collections,
  ...control,
  ...entries,
  ...math,
  ...ordering,
  ...paths,
  ...patterns,
  ...streams,
  ...strings,
  ...times,
  ...values,
])

/** The names of all built-in functions with their number of arguments: `limit/2`. */
export const builtinNames: readonly string[] = [...builtins.keys(), "builtins/0"]

const refused: ReadonlyMap<string, string> = new Map([
  ["input/0", "input(s)/0 is not allowed"],
  ["inputs/0", "input(s)/0 is not allowed"],
])

const unsupported: ReadonlySet<string> = new Set(["j0/0", "j1/0", "y0/0", "y1/0", "jn/2", "yn/2"])

/** A built-in function applied to filters; undefined where there is none of that name and number of arguments. */
export function builtin(
  name: string,
  args: readonly Filter[],
  machine: Machine,
  offset: number,
): Filter | undefined {
  const key = `${name}/${args.length}`
  const reason = refused.get(key)
  if (reason !== undefined) throw new Fault(reason, offset, "check")
  if (unsupported.has(key)) {
    throw new Fault(`function not supported: ${key}`, offset, "check", "UnsupportedFunction")
  }
  return builtins.get(key)?.(args, machine)
}
