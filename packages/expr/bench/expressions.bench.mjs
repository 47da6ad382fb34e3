// One process, medians: this package beside the evaluators a user would pick instead, and hand-written JavaScript.
import { compileExpr, compileTags } from "@argo-ts/expr"
import { celEnv, parse as parseCel, plan } from "@bufbuild/cel"
import { Environment } from "@marcbachmann/cel-js"
import { Parser } from "expr-eval"
import { compileExpression } from "filtrex"
import jexl from "jexl"
import { Bench } from "tinybench"

const env = { a: { b: 5 }, c: "x" }
const source = 'a.b > 3 && c in ["x","y"]'

const ours = compileExpr(source).value
const cel = new Environment({ unlistedVariablesAreDyn: true }).parse(source)
const filtrex = compileExpression('b of a > 3 and c in ("x", "y")')
const exprEval = Parser.parse('a.b > 3 and (c == "x" or c == "y")')
const jexlProgram = jexl.compile(source)
const bufEnv = celEnv()
const buf = plan(bufEnv, parseCel(source))

const bench = new Bench({ time: 300, warmupTime: 100 })
bench
  .add(
    "@argo-ts/expr",
    many(() => ours.evaluate(env)),
  )
  .add(
    "@marcbachmann/cel-js",
    many(() => cel(env)),
  )
  .add(
    "filtrex",
    many(() => filtrex(env)),
  )
  .add(
    "expr-eval",
    many(() => exprEval.evaluate(env)),
  )
  .add(
    "jexl",
    many(() => jexlProgram.evalSync(env)),
  )
  .add(
    "@bufbuild/cel",
    many(() => buf(env)),
  )
  .add(
    "hand-written",
    many(() => env.a.b > 3 && ["x", "y"].includes(env.c)),
  )
await bench.run()
console.log(source)
print(bench)

const items = Array.from({ length: 1000 }, (_, index) => ({ price: index, name: `n${index}` }))
const chain = { a: { b: { c: { d: { e: { f: { g: { h: { i: { j: 1 } } } } } } } } } }
const path = "a.b.c.d.e.f.g.h.i.j"
const scope = Object.fromEntries([..."abcdefghij"].map((name) => [name, `value of ${name}`]))
const celOf = (text) => new Environment({ unlistedVariablesAreDyn: true }).parse(text)
const bufOf = (text) => plan(bufEnv, parseCel(text))
const tagged = '"{{a}} {{b}} {{c}} {{d}} {{e}} {{f}} {{g}} {{h}} {{i}} {{j}}"'
const tags = compileTags(tagged).value
const plain = tagged.slice(1, -1)

const ownFilter = compileExpr("filter(items, .price > 500)").value
const ownDeep = compileExpr(path).value
const ownText = compileExpr('name + "-" + name + "-" + kind').value
const named = { name: "shop", kind: "canary" }
const celFilter = celOf("items.filter(i, i.price > 500)")
const bufFilter = bufOf("items.filter(i, i.price > 500)")
const jexlFilter = jexl.compile("items[.price > 500]")
const celDeep = celOf(path)
const exprDeep = Parser.parse(path)
const jexlDeep = jexl.compile(path)
const celText = celOf('name + "-" + name + "-" + kind')
const exprText = Parser.parse('name || "-" || name || "-" || kind')

/** One comparison: who does it, and how. The first is ours. */
const comparisons = {
  "predicate over 1,000 items": {
    "@argo-ts/expr": () => ownFilter.evaluate({ items }),
    "@marcbachmann/cel-js": () => celFilter({ items }),
    jexl: () => jexlFilter.evalSync({ items }),
    "@bufbuild/cel": () => bufFilter({ items }),
    "hand-written": () => items.filter(({ price }) => price > 500),
  },
  "ten-level member chain": {
    "@argo-ts/expr": () => ownDeep.evaluate(chain),
    "@marcbachmann/cel-js": () => celDeep(chain),
    "expr-eval": () => exprDeep.evaluate(chain),
    jexl: () => jexlDeep.evalSync(chain),
    "hand-written": () => chain.a.b.c.d.e.f.g.h.i.j,
  },
  "string building": {
    "@argo-ts/expr": () => ownText.evaluate(named),
    "@marcbachmann/cel-js": () => celText(named),
    "expr-eval": () => exprText.evaluate(named),
    "hand-written": () => `${named.name}-${named.name}-${named.kind}`,
  },
  compile: {
    "@argo-ts/expr": () => compileExpr(source),
    "@marcbachmann/cel-js": () => celOf(source),
    filtrex: () => compileExpression('b of a > 3 and c in ("x", "y")'),
    "expr-eval": () => Parser.parse('a.b > 3 and (c == "x" or c == "y")'),
    jexl: () => jexl.compile(source).compile(),
    "@bufbuild/cel": () => bufOf(source),
  },
  "template with ten tags": {
    "@argo-ts/expr": () => tags.evaluate(scope),
    "one regular expression": () => plain.replace(/\{\{(\w)\}\}/g, (_whole, name) => scope[name]),
  },
}
for (const [title, contestants] of Object.entries(comparisons)) {
  const each = new Bench({ time: 200, warmupTime: 100 })
  for (const [name, call] of Object.entries(contestants)) each.add(name, many(call))
  await each.run()
  console.log(`\n${title}`)
  print(each)
}

console.log("\ndifferent expressions, compiled and evaluated once")
const times = [10_000, 100_000].map((count) => {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  const started = performance.now()
  for (let index = 0; index < count; index++) {
    compileExpr(`a.b > ${index} && c in ["x", "y${index}"]`).value.evaluate(env)
  }
  const ms = performance.now() - started
  globalThis.gc?.()
  const kept = (process.memoryUsage().heapUsed - before) / 1024
  console.log(
    `  ${String(count).padStart(7)}: ${ms.toFixed(0).padStart(6)} ms, ${((ms * 1000) / count).toFixed(1)} µs each, ${kept.toFixed(0)} KiB kept`,
  )
  return ms
})
console.log(`  ten times as many take ${(times[1] / times[0]).toFixed(1)} times as long`)

/** A hundred calls as one sample: a sample's own cost is that of several calls. */
function many(call) {
  return () => {
    for (let index = 0; index < 100; index++) call()
  }
}

/** Medians, and how many times the first one's each takes. */
function print(each) {
  const first = each.tasks[0]?.result.latency?.p50 ?? Number.NaN
  for (const task of each.tasks) {
    const { result } = task
    const median = result.latency?.p50 ?? Number.NaN
    const failure = result.error === undefined ? "" : ` failed: ${result.error.message}`
    console.log(
      `  ${task.name.padEnd(24)} ${(median * 1e4).toFixed(0).padStart(9)} ns median ${(median / first).toFixed(2).padStart(7)} ×${failure}`,
    )
  }
}
