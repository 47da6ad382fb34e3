import { expect, test } from "vitest"
import type { Template } from "../src/index.js"
import { leaf, run, workflow } from "./simulated.js"

/* What a finished node says besides its phase, as upstream writes it. */

function children(ran: Awaited<ReturnType<typeof run>>, name: string): readonly string[] {
  const ids = ran.find(name)?.children ?? []
  return ids.map((id) => ran.nodes.find((node) => node.id === id)?.name ?? id)
}

test("a body that was tried again is followed itself, not by what it ran last", async () => {
  const inner: Template = {
    name: "inner",
    retryStrategy: { limit: 1 },
    dag: { tasks: [{ name: "t", template: "leaf" }] },
  }
  const main: Template = {
    name: "main",
    steps: [[{ name: "a", template: "inner" }], [{ name: "b", template: "leaf" }]],
  }
  const ran = await run(workflow([main, inner, leaf("leaf")]), [
    { node: "wf[0].a(0).t", phase: "Failed" },
  ])
  expect(children(ran, "wf[0].a(1)")).toEqual(["wf[0].a(1).t", "wf[1]"])
  expect(children(ran, "wf[0].a(1).t")).toEqual([])
})

test("containers have the flags of their pod, and are followed where nobody tried it again", async () => {
  const set = (name: string, more: Partial<Template> = {}): Template => ({
    name,
    containerSet: {
      containers: [
        { name: "first", image: "alpine" },
        { name: "main", image: "alpine", dependencies: ["first"] },
      ],
    },
    ...more,
  })
  const main: Template = {
    name: "main",
    dag: {
      tasks: [
        { name: "once", template: "once" },
        { name: "again", template: "again" },
        { name: "last", template: "leaf", depends: "once && again" },
      ],
    },
  }
  const again = set("again", { retryStrategy: { limit: 1 } })
  const ran = await run(workflow([main, set("once"), again, leaf("leaf")]))
  expect(children(ran, "wf.once.main")).toEqual(["wf.last"])
  expect(children(ran, "wf.again(0)")).toEqual(["wf.again(0).first", "wf.last"])
  expect(ran.find("wf.again(0).main")?.nodeFlag).toEqual({ retried: true })
  expect(ran.find("wf.once.main")?.nodeFlag).toBeUndefined()
  expect(ran.find("wf.once")?.outboundNodes).toBeUndefined()
})

test("the inputs of a node keep what their declaration says", async () => {
  const taker = leaf("taker", {
    inputs: {
      parameters: [
        { name: "size", default: 1, enum: [1, 2], description: "how many" },
        { name: "plain" },
      ],
    },
    container: { image: "alpine", args: ["{{inputs.parameters}}"] },
  })
  const main: Template = {
    name: "main",
    steps: [
      [
        {
          name: "a",
          template: "taker",
          arguments: {
            parameters: [
              { name: "size", value: 2 },
              { name: "plain", value: "p" },
            ],
          },
        },
      ],
    ],
  }
  const { find } = await run(workflow([main, taker]))
  expect(find("wf[0].a")?.inputs?.parameters).toEqual([
    { name: "size", default: "1", value: "2", enum: ["1", "2"], description: "how many" },
    { name: "plain", value: "p" },
  ])
})

test("retries that the workflow's deadline ends say so", async () => {
  const again = leaf("again", { retryStrategy: { limit: 9, backoff: { duration: "1m" } } })
  const { find } = await run(workflow([again], { activeDeadlineSeconds: 90 }), [
    { template: "again", phase: "Failed" },
  ])
  expect(find("wf")?.message).toBe("retry exceeded workflow deadline 1970-01-01 00:01:30 +0000 UTC")
})

test("a display name that is none is refused with the rule for them", async () => {
  const odd = leaf("odd", { annotations: { "workflows.argoproj.io/display-name": "two words" } })
  const { find } = await run(workflow([odd]))
  expect(find("wf")).toMatchObject({
    phase: "Error",
    message: "displayName must match the regex ^[a-zA-Z0-9][a-zA-Z0-9-.]{0,61}[a-zA-Z0-9]$",
  })
})

test("artifacts that are not packed are kept under their file's name, parts of them under their own keys", async () => {
  const out = (name: string, path: string, archive?: object) => ({
    name,
    path,
    ...(archive === undefined ? {} : { archive }),
  })
  const maker = leaf("maker", {
    archiveLocation: { s3: { bucket: "b", key: "runs/{{pod.name}}" } },
    outputs: {
      artifacts: [
        out("plain", "/tmp/report.txt", { none: {} }),
        out("folder", "/tmp/folder/", { none: {} }),
        out("zipped", "/tmp/zipped", { zip: {} }),
        out("tarred", "/tmp/tarred"),
        out("left", "/left/same", { none: {} }),
        out("right", "/right/same", { none: {} }),
      ],
    },
  })
  const part = (name: string, source: string) => ({
    name,
    from: `{{tasks.a.outputs.artifacts.${source}}}`,
    subPath: "x//{{workflow.name}}",
  })
  const taker = leaf("taker", {
    inputs: { artifacts: [out("one", "/one"), out("two", "/two")] },
  })
  const main: Template = {
    name: "main",
    dag: {
      tasks: [
        { name: "a", template: "maker" },
        {
          name: "b",
          template: "taker",
          depends: "a",
          arguments: { artifacts: [part("one", "folder"), part("two", "tarred")] },
        },
      ],
    },
  }
  const ran = await run(workflow([main, maker, taker]))
  const keys = ran.find("wf.a")?.outputs?.artifacts?.map(({ s3 }) => s3?.key?.split("/").at(-1))
  expect(keys).toEqual(["report.txt", "folder", "zipped.zip", "tarred.tgz", "left", "right"])
  const taken = ran
    .find("wf.b")
    ?.inputs?.artifacts?.map(({ s3, subPath }) => [s3?.key?.replace(/^.*-\d+\//, ""), subPath])
  expect(taken).toEqual([
    ["folder/x/wf", undefined],
    ["tarred.tgz", "x//wf"],
  ])
})
