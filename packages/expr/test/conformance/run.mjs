import { runExpr } from "./expr.mjs"
import { runners } from "./languages.mjs"

/** Every golden file that this package answers, with what differs. */
export function runConformance(directory, only = "") {
  const all = {
    expr: () => runExpr(directory, "expr", "1.17"),
    "expr-1.15.5": () => runExpr(directory, "expr-1.15.5", "1.15"),
    ...Object.fromEntries(
      Object.entries(runners).map(([name, run]) => [name, () => run(directory)]),
    ),
  }
  return Object.entries(all)
    .filter(([name]) => only === "" || only === name)
    .map(([, run]) => run())
    .filter((result) => result !== undefined)
}

function groups(differences) {
  const found = new Map()
  for (const item of differences) {
    const key = `${item.row.suite ?? item.row.op ?? ""} ${item.reason}`
    found.set(key, [...(found.get(key) ?? []), item])
  }
  return [...found].sort((a, b) => b[1].length - a[1].length)
}

/** Prints the rows equal and the first differences by reason. */
export function report(results, limit = 3) {
  for (const result of results) {
    const skipped = result.skipped === 0 ? "" : `, ${result.skipped} not compared`
    const messages =
      result.messages === undefined
        ? ""
        : `, messages ${result.messages.equal}/${result.messages.total}`
    console.log(`${result.file}: ${result.equal}/${result.total} rows equal${skipped}${messages}`)
    for (const [key, list] of groups(result.differences)) {
      console.log(`  ${key}: ${list.length}`)
      const step = Math.ceil(list.length / limit)
      for (const { detail } of list.filter((_, index) => index % step === 0))
        console.log(`    ${detail.slice(0, 240)}`)
    }
  }
}

if (process.argv[1]?.endsWith("run.mjs")) {
  const [, , directory = "../../../../../shared/goldens/languages", only = "", limit = "3"] =
    process.argv
  report(runConformance(directory, only), Number(limit))
}
