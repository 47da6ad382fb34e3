import { expect, test } from "vitest"
import { compileDepends } from "./index.js"

const tasks = [{ name: "build" }, { name: "unit-test", continueOnFailed: true }]

test("a bare name means succeeded, skipped or daemoned, and failed where the task may go on", () => {
  const compiled = compileDepends("build && unit-test", tasks)
  if (!compiled.ok) throw new Error(compiled.issues[0]?.message)
  const { logic, dependencies, evaluate } = compiled.value
  expect(logic).toBe(
    "(build.Succeeded || build.Skipped || build.Daemoned) && " +
      "(unit-test.Succeeded || unit-test.Skipped || unit-test.Daemoned || unit-test.Failed)",
  )
  expect(dependencies).toEqual([
    { name: "build", kind: "task" },
    { name: "unit-test", kind: "task" },
  ])
  expect(
    evaluate(
      new Map([
        ["build", ["Succeeded"]],
        ["unit-test", ["Failed"]],
      ]),
    ),
  ).toEqual({ ok: true, value: true })
  expect(evaluate(new Map([["build", ["Failed"]]]))).toEqual({ ok: true, value: false })
})

test("an unknown task is named with its place", () => {
  const compiled = compileDepends("build || biuld", tasks)
  expect(compiled.ok ? [] : compiled.issues).toMatchObject([
    {
      code: "UnknownDependency",
      message: 'depends names task "biuld", which does not exist',
      offset: 9,
      column: 10,
    },
  ])
})
