import { expect, test } from "vitest"
import { lintWorkflows } from "../../src/lint/index.js"
import {
  binding,
  cron,
  dag,
  describeRules,
  errors,
  event,
  leaf,
  type Object_,
  pod,
  type Row,
  resource,
  spec,
  submitting,
  target,
  task,
} from "./manifests.js"

const crons: readonly Row[] = [
  ["no schedule", cron({ schedules: [] }), "InvalidValue spec.schedules"],
  [
    "no schedule at all",
    cron({ schedules: ["@daily", "61 * * * *"] }),
    "InvalidValue spec.schedules.1",
  ],
  ["no zone", cron({ timezone: "Mars/Base" }), "InvalidValue spec.timezone"],
  ["no policy", cron({ concurrencyPolicy: "Queue" }), "InvalidValue spec.concurrencyPolicy"],
  [
    "a negative deadline",
    cron({ startingDeadlineSeconds: -1 }),
    "InvalidValue spec.startingDeadlineSeconds",
  ],
  [
    "its workflow",
    cron({ workflowSpec: { entrypoint: "gone", templates: [leaf] } }),
    "UnknownTemplate spec.workflowSpec.entrypoint",
  ],
  ["a condition that cannot be read", cron({ when: "{{= 1 + }}" }), "InvalidExpression spec.when"],
  ["a condition's name", cron({ when: "cronworkflow.faild > 3" }), "UnknownReference spec.when"],
  ["a condition's root", cron({ when: "cron.failed > 3" }), "UnknownReference spec.when"],
  [
    "a stop that cannot be read",
    cron({ stopStrategy: { expression: "cronworkflow.failed >" } }),
    "InvalidExpression spec.stopStrategy.expression",
  ],
  [
    "a stop that compares a count with a text",
    cron({ stopStrategy: { expression: "cronworkflow.failed > 'many'" } }),
    "TypeClash spec.stopStrategy.expression",
  ],
  [
    "a stop's name",
    cron({ stopStrategy: { expression: "cronworkflow.succeded >= 3" } }),
    "UnknownReference spec.stopStrategy.expression",
  ],
]

const bindings: readonly Row[] = [
  [
    "a selector",
    binding({ event: { selector: "payload." } }),
    "InvalidExpression spec.event.selector",
  ],
  [
    "a selector's name",
    binding({ event: { selector: "paylod.x == 1" } }),
    "UnknownReference spec.event.selector",
  ],
  [
    "a parameter's expression",
    [submitting(event("payload.x +")), target],
    "InvalidExpression spec.submit.arguments.parameters.0.valueFrom.event",
  ],
  [
    "a parameter's name",
    [submitting(event("header.x")), target],
    "UnknownReference spec.submit.arguments.parameters.0.valueFrom.event",
  ],
  [
    "two parameters",
    [
      submitting({
        arguments: {
          parameters: [
            { name: "p", value: 1 },
            { name: "p", value: 2 },
          ],
        },
      }),
      target,
    ],
    "DuplicateName spec.submit.arguments.parameters.1.name",
  ],
  [
    "a template that is not there",
    submitting({}),
    "UnknownTemplate spec.submit.workflowTemplateRef.name",
  ],
  [
    "a parameter that nobody gives",
    [submitting({}), target],
    "MissingArgument spec.submit.arguments",
  ],
]

describeRules("cron workflows", crons)
describeRules("event bindings", bindings)

test("what is right has no errors", () => {
  const when =
    "{{= cronworkflow.lastScheduledTime == nil || (now() - cronworkflow.lastScheduledTime).Seconds() > 360 }}"
  const stopStrategy = { expression: "cronworkflow.failed >= 3" }
  const fine = [
    spec({}),
    cron({ when, stopStrategy }),
    target,
    submitting(event("payload.repository.name")),
    binding({
      event: { selector: "payload.a != '' && metadata['x-b'] == ['c'] && discriminator == 'd'" },
    }),
    dag(task({ when: "{{workflow.name}} == a && '{{workflow.uid}}' != 'b'", withParam: "[1]" })),
    dag(task({ when: "{{workflow.name}} {{workflow.uid}} x" })),
    resource({
      manifest: "{{workflow.name}}: [",
      successCondition: "status.n > {{workflow.name}}",
    }),
    pod({ podResources: { limits: { cpu: 1, memory: "1Gi", "hugepages-2Mi": "2Mi" } } }),
  ]
  for (const manifest of fine) expect(errors(manifest, target)).toEqual([])
})

test("a time that may be nil, and a parameter that nobody declares, are warnings", () => {
  const warnings = (...manifests: readonly Object_[]): readonly string[] =>
    lintWorkflows(manifests)
      .filter(({ severity }) => severity === "warning")
      .map(({ path: at, message, hint }) => `${at.join(".")}: ${message} (${hint})`)
  expect(
    warnings(cron({ when: "(now() - cronworkflow.lastScheduledTime).Seconds() > 3" })),
  ).toEqual([
    "spec.when: cronworkflow.lastScheduledTime may be absent: before the first run it is nil (give it a default, or write `?? …` behind it)",
  ])
  const both = {
    arguments: {
      parameters: [
        { name: "p", value: 1 },
        { name: "pp", value: 1 },
      ],
    },
  }
  expect(warnings(submitting(both), target)).toEqual([
    'spec.submit.arguments.parameters.1.name: "t" declares no parameter "pp" (did you mean "p"?)',
  ])
})
