import { expect, test } from "vitest"
import type { Template } from "../src/index.js"
import { leaf, run, workflow } from "./simulated.js"

test("outputs of steps and dags: parameters, expressions, defaults of what was skipped, global names", async () => {
  const out = (name: string, more: object = {}) => ({
    parameters: [{ name, valueFrom: { path: `/tmp/${name}`, ...more } }],
  })
  const { status, find } = await run(
    workflow([
      {
        name: "m",
        dag: {
          tasks: [
            { name: "a", template: "a" },
            { name: "b", template: "b", when: "1 == 2" },
          ],
        },
        outputs: {
          parameters: [
            {
              name: "plain",
              valueFrom: { parameter: "{{tasks.a.outputs.parameters.x}}" },
              globalName: "whole",
            },
            { name: "sum", valueFrom: { expression: "asInt(tasks.a.outputs.parameters.x) + 1" } },
            { name: "skipped", valueFrom: { parameter: "{{tasks.b.outputs.parameters.y}}" } },
            {
              name: "absent",
              valueFrom: { parameter: "{{tasks.b.outputs.parameters.z}}", default: "here" },
            },
          ],
        },
      },
      leaf("a", { outputs: out("x") }),
      leaf("b", {
        outputs: {
          parameters: [...out("y", { default: "dy" }).parameters, ...out("z").parameters],
        },
      }),
    ]),
    [{ template: "a", parameters: { x: 41 } }],
  )
  expect(find("wf")?.outputs?.parameters?.map(({ name, value }) => [name, value])).toEqual([
    ["plain", "41"],
    ["sum", "42"],
    ["skipped", "dy"],
    ["absent", "here"],
  ])
  expect(status?.outputs?.parameters).toEqual([{ name: "whole", value: "41" }])
})

test("values are data: a tag in an output is not replaced again", async () => {
  const { find } = await run(
    workflow([
      {
        name: "m",
        steps: [
          [{ name: "a", template: "a" }],
          [
            {
              name: "b",
              template: "b",
              arguments: { parameters: [{ name: "i", value: "{{steps.a.outputs.result}}" }] },
            },
          ],
        ],
      },
      leaf("a"),
      leaf("b", { inputs: { parameters: [{ name: "i" }] } }),
    ]),
    [{ template: "a", result: "{{workflow.name}}" }],
  )
  expect(find("wf[1].b")?.inputs?.parameters?.[0]?.value).toBe("{{workflow.name}}")
})

test("outputs of a step may be named and given by its inputs: their global names, values and defaults", async () => {
  const outputs: NonNullable<Template["outputs"]> = {
    parameters: [
      {
        name: "said",
        value: "{{inputs.parameters.who}}!",
        globalName: "said-{{inputs.parameters.who}}",
      },
      { name: "kept", valueFrom: { path: "/none", default: "no {{inputs.parameters.who}}" } },
    ],
  }
  const inputs = { parameters: [{ name: "who" }] }
  const { status, find } = await run(
    workflow([
      {
        name: "m",
        steps: [
          [
            {
              name: "a",
              template: "body",
              arguments: { parameters: [{ name: "who", value: "moon" }] },
            },
          ],
        ],
      },
      {
        name: "body",
        inputs,
        steps: [
          [
            {
              name: "b",
              template: "leaf",
              arguments: { parameters: [{ name: "who", value: "{{inputs.parameters.who}}" }] },
            },
          ],
        ],
        outputs: {
          parameters: [
            {
              name: "all",
              valueFrom: { parameter: "{{steps.b.outputs.parameters.kept}}" },
              globalName: "all-{{inputs.parameters.who}}",
            },
          ],
        },
      },
      leaf("leaf", { inputs, outputs }),
    ]),
  )
  expect(status?.outputs?.parameters).toEqual([
    { name: "said-moon", value: "moon!" },
    { name: "all-moon", value: "no moon" },
  ])
  expect(find("wf[0].a[0].b")?.outputs?.parameters).toMatchObject([
    { name: "said", value: "moon!", globalName: "said-moon" },
    { name: "kept", value: "no moon" },
  ])
})

test("of tasks that share a global name the last to end is heard while the DAG runs, the last one written when it is done", async () => {
  const shared = (name: string) =>
    leaf(name, {
      outputs: { parameters: [{ name: "p", globalName: "said", valueFrom: { path: "/p" } }] },
    })
  const hears = {
    name: "hears",
    template: "hears",
    depends: "slow && quick",
    arguments: { parameters: [{ name: "x", value: "{{workflow.outputs.parameters.said}}" }] },
  }
  const { status, find } = await run(
    workflow([
      {
        name: "m",
        dag: {
          tasks: [{ name: "slow", template: "slow" }, { name: "quick", template: "quick" }, hears],
        },
      },
      shared("slow"),
      shared("quick"),
      leaf("hears", { inputs: { parameters: [{ name: "x" }] } }),
    ]),
    [
      { template: "slow", duration: "9s", parameters: { p: "slow" } },
      { template: "quick", duration: "1s", parameters: { p: "quick" } },
    ],
  )
  expect(find("wf.hears")?.inputs?.parameters).toEqual([{ name: "x", value: "slow" }])
  expect(status?.outputs?.parameters).toEqual([{ name: "said", value: "quick" }])
})

test("maps in what items put out together are written by their sorted keys", async () => {
  const text = "{{item}}"
  const made = { name: "p", value: "{{inputs.parameters.x}}" }
  const arguments_ = { parameters: [{ name: "x", value: text }] }
  const loop = { name: "l", template: "l", arguments: arguments_ }
  const withParam = JSON.stringify(['{"z":1,"a":{"y":2,"b":3}}', "[]"])
  const given = { parameters: [{ name: "x", value: "{{tasks.l.outputs.parameters.p}}" }] }
  const input = { inputs: { parameters: [{ name: "x" }] } }
  const { find } = await run(
    workflow([
      {
        name: "m",
        dag: {
          tasks: [
            { ...loop, withParam },
            { name: "c", template: "c", depends: "l", arguments: given },
          ],
        },
      },
      leaf("l", { ...input, outputs: { parameters: [made] } }),
      leaf("c", input),
    ]),
  )
  expect(find("wf.c")?.inputs?.parameters?.[0]?.value).toBe('[{"a":{"b":3,"y":2},"z":1},[]]')
})

test("results of items keep their numbers and the order of their keys, safe inside HTML", async () => {
  const given = { parameters: [{ name: "x", value: "{{tasks.l.outputs.result}}" }] }
  const input = { inputs: { parameters: [{ name: "x" }] } }
  const { find } = await run(
    workflow([
      {
        name: "m",
        dag: {
          tasks: [
            { name: "l", template: "l", withItems: ["0.10", "1e-05", '{"z": 1.0, "a": "<&>"}'] },
            { name: "c", template: "c", depends: "l", arguments: given },
            { name: "again", template: "c", depends: "l", arguments: item, withParam: text },
          ],
        },
      },
      leaf("l"),
      leaf("c", input),
    ]),
    [
      { node: "*(0:*", result: "0.10" },
      { node: "*(1:*", result: "1e-05\n" },
      { node: "*(2:*", result: '{"z": 1.0, "a": "<&>"}' },
    ],
  )
  expect(find("wf.c")?.inputs?.parameters?.[0]?.value).toBe(
    String.raw`[0.10,1e-05,{"z":1.0,"a":"\u003c\u0026\u003e"}]`,
  )
  expect(find("wf.again(0:0.10)")?.inputs?.parameters?.[0]?.value).toBe("0.10")
})

const text = "{{tasks.l.outputs.result}}"
const item = { parameters: [{ name: "x", value: "{{item}}" }] }

test("what an expression gives is written as Go prints it", async () => {
  const of = (name: string, expression: string) => ({ name, valueFrom: { expression } })
  const { find } = await run(
    workflow([
      {
        name: "m",
        steps: [[{ name: "a", template: "a" }]],
        outputs: {
          parameters: [
            of("list", '["a", 1, true]'),
            of("map", '{"k": [1, 2]}'),
            of("float", "asFloat('1000000')"),
            of("json", 'toJson(["a", 1])'),
          ],
        },
      },
      leaf("a"),
    ]),
  )
  expect(find("wf")?.outputs?.parameters?.map(({ value }) => value)).toEqual([
    "[a 1 true]",
    "map[k:[1 2]]",
    "1e+06",
    '["a",1]',
  ])
})
