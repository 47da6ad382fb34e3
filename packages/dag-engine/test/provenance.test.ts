import { describe, expect, test } from "vitest"
import type { NodeStatus, Workflow, WorkflowSpec } from "../src/index.js"
import { simulateWorkflow } from "../src/testing/index.js"
import { leaf, run, workflow } from "./simulated.js"

const library: WorkflowSpec = {
  templates: [leaf("work"), { name: "body", steps: [[{ name: "inner", template: "work" }]] }],
}
const fromLibrary = (template: string) => ({ templateRef: { name: "lib", template } })

async function nodesOf(manifest: Workflow, failing = "none"): Promise<readonly NodeStatus[]> {
  const { status } = await simulateWorkflow(manifest, {
    findTemplate: ({ name }) => (name === "lib" ? library : undefined),
    outcomes: [{ template: failing, phase: "Failed" }],
  })
  return Object.values(status?.nodes ?? {})
}

/** What each node says about its template. */
function told(nodes: readonly NodeStatus[]): { readonly [name: string]: string } {
  return Object.fromEntries(
    nodes.map(({ name, templateName, templateRef, templateScope }) => [
      name,
      `${templateName ?? ""}${templateRef === undefined ? "" : `${templateRef.name}/${templateRef.template}`} ${templateScope}`,
    ]),
  )
}

describe("every node tells which template it is of", () => {
  test("one that was omitted or skipped, and the group of a loop, tell their task's", async () => {
    const nodes = await nodesOf(
      workflow([
        {
          name: "main",
          dag: {
            tasks: [
              { name: "bad", template: "bad" },
              { name: "omitted", template: "good", depends: "bad.Succeeded" },
              { name: "ruled-out", template: "good", depends: "bad.Failed", when: "1 == 2" },
              { name: "empty", depends: "bad.Failed", ...fromLibrary("work"), withItems: [] },
              { name: "loop", depends: "bad.Failed", ...fromLibrary("work"), withItems: ["x"] },
            ],
          },
        },
        leaf("bad"),
        leaf("good"),
      ]),
      "bad",
    )
    expect(told(nodes)).toEqual({
      wf: "main local/wf",
      "wf.bad": "bad local/wf",
      "wf.omitted": "good local/wf",
      "wf.ruled-out": "good local/wf",
      "wf.empty": "lib/work local/wf",
      "wf.loop": "lib/work local/wf",
      "wf.loop(0:x)": "lib/work local/wf",
    })
  })

  test("the scope is the caller's: a referred body is called from here, what it calls from there", async () => {
    const nodes = await nodesOf(
      workflow([{ name: "main", steps: [[{ name: "far", ...fromLibrary("body") }]] }]),
    )
    expect(told(nodes)).toEqual({
      wf: "main local/wf",
      "wf[0]": " local/wf",
      "wf[0].far": "lib/body local/wf",
      "wf[0].far[0]": " namespaced/lib",
      "wf[0].far[0].inner": "work namespaced/lib",
    })
  })

  test("attempts are of the template of their Retry node", async () => {
    const main = { name: "main", steps: [[{ name: "far", ...fromLibrary("work") }]] }
    const nodes = await nodesOf(workflow([main], { retryStrategy: { limit: 1 } }))
    expect(told(nodes)).toMatchObject({
      "wf(0)[0].far": "lib/work local/wf",
      "wf(0)[0].far(0)": "lib/work local/wf",
    })
  })

  test("a reference with tags is told as it was followed", async () => {
    const nodes = await nodesOf(
      workflow(
        [
          {
            name: "main",
            steps: [
              [
                {
                  name: "far",
                  templateRef: { name: "{{workflow.parameters.where}}", template: "work" },
                },
              ],
            ],
          },
        ],
        { arguments: { parameters: [{ name: "where", value: "lib" }] } },
      ),
    )
    expect(nodes.at(-1)?.templateRef).toEqual({ name: "lib", template: "work" })
  })
})

test("`pod.name` of a referred template is the name of the pod", async () => {
  const podNames: string[] = []
  const lib: WorkflowSpec = {
    templates: [
      {
        name: "work",
        container: { image: "alpine", args: ["{{pod.name}}"] },
        outputs: { parameters: [{ name: "pod", value: "{{pod.name}}" }] },
      },
    ],
  }
  const { status } = await simulateWorkflow(
    workflow([{ name: "main", steps: [[{ name: "far", ...fromLibrary("work") }]] }]),
    { findTemplate: () => lib },
  )
  for (const node of Object.values(status?.nodes ?? {})) {
    for (const { value } of node.outputs?.parameters ?? []) podNames.push(String(value))
  }
  const hash = Object.values(status?.nodes ?? {})
    .at(-1)
    ?.id.slice("wf-".length)
  expect(podNames).toEqual([`wf-work-${hash}`])
})

describe("a loop as a whole", () => {
  const asking = (root: "steps" | "tasks") => ({
    template: "echo",
    when: `{{${root}.loop.status}} == Succeeded`,
    arguments: {
      parameters: [
        { name: "told", value: `{{${root}.loop.startedAt}} {{${root}.loop.finishedAt}}` },
      ],
    },
  })
  const echo = leaf("echo", { inputs: { parameters: [{ name: "told" }] } })

  test("of steps is its group: who follows may ask for its status and its times", async () => {
    const ran = await run(
      workflow([
        {
          name: "main",
          steps: [
            [{ name: "first", template: "work" }],
            [
              { name: "loop", template: "work", withItems: ["x", "y"] },
              { name: "slow", template: "slow" },
            ],
            [{ name: "after", ...asking("steps") }],
          ],
        },
        leaf("work"),
        leaf("slow"),
        echo,
      ]),
      [{ template: "slow", duration: "5s" }],
    )
    expect(ran.status?.phase).toBe("Succeeded")
    const group = ran.find("wf[1]")
    expect(ran.find("wf[2].after")?.inputs?.parameters?.[0]?.value).toBe(
      `${group?.startedAt} ${group?.finishedAt}`,
    )
  })

  test("of tasks is its TaskGroup", async () => {
    const ran = await run(
      workflow([
        {
          name: "main",
          dag: {
            tasks: [
              { name: "loop", template: "work", withItems: ["x", "y"] },
              { name: "after", depends: "loop", ...asking("tasks") },
            ],
          },
        },
        leaf("work"),
        echo,
      ]),
    )
    expect(ran.phases["wf.after"]).toBe("Succeeded")
  })
})

test("a condition with a word that is none says what to try", async () => {
  const ran = await run(
    workflow([
      {
        name: "main",
        dag: { tasks: [{ name: "a", template: "work", when: "a{{workflow.name}} == @b" }] },
      },
      leaf("work"),
    ]),
  )
  expect(ran.find("wf.a")?.message).toBe(
    `Invalid 'when' expression 'awf == @b': Invalid token: '@' (hint: try wrapping the affected expression in quotes ("))`,
  )
})
