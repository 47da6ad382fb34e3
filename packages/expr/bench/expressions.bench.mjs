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
const filter = compileExpr("filter(items, .price > 500)").value
const deep = compileExpr("a.b.c.d.e.f.g.h.i.j").value
const text = compileExpr('name + "-" + upper(name) + "-" + string(1 + 2)').value
const celFilter = new Environment({ unlistedVariablesAreDyn: true }).parse(
  "items.filter(i, i.price > 500)",
)
const celDeep = new Environment({ unlistedVariablesAreDyn: true }).parse("a.b.c.d.e.f.g.h.i.j")
const tags = compileTags('"{{a}} {{b}} {{c}} {{d}} {{e}} {{f}} {{g}} {{h}} {{i}} {{j}}"').value
const scope = Object.fromEntries([..."abcdefghij"].map((name) => [name, `value of ${name}`]))
const more = new Bench({ time: 300, warmupTime: 100 })
more
  .add(
    "predicate over 1,000 items",
    many(() => filter.evaluate({ items })),
  )
  .add(
    "predicate over 1,000 items, cel-js",
    many(() => celFilter({ items })),
  )
  .add(
    "ten-level member chain",
    many(() => deep.evaluate(chain)),
  )
  .add(
    "ten-level member chain, cel-js",
    many(() => celDeep(chain)),
  )
  .add(
    "string building",
    many(() => text.evaluate({ name: "shop" })),
  )
  .add(
    "compile",
    many(() => compileExpr(source)),
  )
  .add(
    "compile, cel-js",
    many(() => new Environment({ unlistedVariablesAreDyn: true }).parse(source)),
  )
  .add(
    "template with ten tags",
    many(() => tags.evaluate(scope)),
  )
await more.run()
print(more)

/** A hundred calls as one sample: a sample's own cost is that of several calls. */
function many(call) {
  return () => {
    for (let index = 0; index < 100; index++) call()
  }
}

function print(each) {
  for (const task of each.tasks) {
    const { result } = task
    const nanoseconds = (result.latency?.p50 ?? Number.NaN) * 1e4
    const failure = result.error === undefined ? "" : ` failed: ${result.error.message}`
    console.log(
      `  ${task.name.padEnd(36)} ${(1e7 / (result.throughput?.mean ?? 1)).toFixed(0).padStart(10)} ns mean ${nanoseconds.toFixed(0).padStart(8)} ns median${failure}`,
    )
  }
}
