import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { DagTemplate } from "../src/index.js"
import { leaf, run, workflow } from "./simulated.js"

/** The tasks in the order in which they begin, one at a time. */
async function began(dag: DagTemplate): Promise<readonly string[]> {
  const { nodes } = await run(workflow([{ name: "main", parallelism: 1, dag }, leaf("work")]))
  return nodes.filter(({ type }) => type === "Pod").map(({ displayName }) => displayName)
}

const task = (name: string, ...dependencies: readonly string[]) => ({
  name,
  template: "work",
  ...(dependencies.length === 0 ? {} : { dependencies }),
})

describe("where several tasks may begin", () => {
  test("each target is walked up to what it depends on: targets by name, dependencies as written", async () => {
    expect(await began({ tasks: [task("b"), task("a", "z", "y"), task("y"), task("z")] })).toEqual([
      "z",
      "y",
      "a",
      "b",
    ])
  })

  test("targets that are named begin as they are named", async () => {
    const tasks = [task("a"), task("b"), task("c", "d"), task("d"), task("e")]
    expect(await began({ target: "c b a", tasks })).toEqual(["d", "c", "b", "a"])
  })

  test("edges are drawn in that order, too", async () => {
    const { find } = await run(
      workflow([
        { name: "main", dag: { tasks: [task("y"), task("x", "w"), task("w"), task("v", "w")] } },
        leaf("work"),
      ]),
    )
    const names = (name: string) =>
      find(name)?.children?.map((id) =>
        ["v", "w", "x", "y"].find((one) => find(`wf.${one}`)?.id === id),
      )
    expect(names("wf")).toEqual(["w", "y"])
    expect(names("wf.w")).toEqual(["v", "x"])
  })
})

test("whatever the graph, one at a time follows the walk that a person would make", async () => {
  const graphs = fc.array(fc.array(fc.nat(20), { maxLength: 3 }), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(graphs, fc.infiniteStream(fc.nat(1000)), async (edges, draws) => {
      const names = edges.map((_edges, index) => `t${(draws.next().value as number) * 100 + index}`)
      const needs = (index: number): readonly string[] => [
        ...new Set(
          (edges[index] ?? []).filter((other) => other < index).map((other) => names[other] ?? ""),
        ),
      ]
      const tasks = names.map((name, index) => task(name, ...needs(index)))
      const needed = new Set(tasks.flatMap(({ dependencies = [] }) => dependencies))
      const walked = new Set<string>()
      const walk = (name: string): void => {
        if (walked.has(name)) return
        for (const before of needs(names.indexOf(name))) walk(before)
        walked.add(name)
      }
      for (const name of names.toSorted()) if (!needed.has(name)) walk(name)
      expect(await began({ tasks })).toEqual([...walked])
    }),
    { numRuns: 60 },
  )
})
