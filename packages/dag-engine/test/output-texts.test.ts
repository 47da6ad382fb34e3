import { expect, test } from "vitest"
import type { Template, Workflow } from "../src/index.js"
import { simulateWorkflow } from "../src/testing/index.js"

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
  const manifest: Workflow = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: {
      entrypoint: "m",
      templates: [
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
        { name: "leaf", container: { image: "alpine" }, inputs, outputs },
      ],
    },
  }
  const { status } = await simulateWorkflow(manifest)
  const step = Object.values(status?.nodes ?? {}).find(({ name }) => name === "wf[0].a[0].b")
  expect(status?.outputs?.parameters).toEqual([
    { name: "said-moon", value: "moon!" },
    { name: "all-moon", value: "no moon" },
  ])
  expect(step?.outputs?.parameters).toMatchObject([
    { name: "said", value: "moon!", globalName: "said-moon" },
    { name: "kept", value: "no moon" },
  ])
})
