import {
  a,
  dag,
  describeRules,
  inputs,
  m,
  main,
  output,
  path,
  pod,
  type Row,
  raw,
  spec,
  taking,
  task,
  withTemplates,
} from "./manifests.js"

const data: readonly Row[] = [
  ["an input that nobody gives", dag(task({ template: "t" })), `UnknownTemplate ${a}.template`],
  [
    "an argument that a call leaves out",
    withTemplates({ name: "m", dag: { tasks: [task({ template: "leaf" })] } }, taking),
    `MissingArgument ${a}.arguments`,
  ],
  ["an argument of the entry template", withTemplates(taking), "MissingArgument spec.arguments"],
  [
    "an argument without a value, of a call",
    withTemplates(
      { name: "m", dag: { tasks: [task({ arguments: { parameters: [{ name: "p" }] } })] } },
      taking,
    ),
    `InvalidValue ${a}.arguments.parameters.0.value`,
  ],
  [
    "an argument without a value, of a workflow",
    spec({ arguments: { parameters: [{ name: "p" }] } }),
    "MissingArgument spec.arguments.parameters.0.value",
  ],
  ["an empty enum", inputs({ enum: [] }), `InvalidValue ${m}.inputs.parameters.0.enum`],
  [
    "a default outside the enum",
    inputs({ enum: ["b"] }),
    `InvalidValue ${m}.inputs.parameters.0.default`,
  ],
  [
    "a value outside the enum",
    inputs({ enum: ["a"], value: "c" }),
    `InvalidValue ${m}.inputs.parameters.0.value`,
  ],
  ...(["path", "parameter", "expression", "event", "jsonPath", "jqFilter"] as const).map(
    (source): Row => [
      `valueFrom.${source} of an input`,
      inputs({ valueFrom: { [source]: "x" } }),
      `InvalidValue ${m}.inputs.parameters.0.valueFrom.${source}`,
    ],
  ),
  [
    "valueFrom.path of an argument",
    spec({ arguments: { parameters: [{ name: "p", valueFrom: { path: "/x" } }] } }),
    "InvalidValue spec.arguments.parameters.0.valueFrom.path",
  ],
  [
    "valueFrom.supplied of a pod's output",
    output({ valueFrom: { supplied: {} } }),
    `InvalidValue ${m}.outputs.parameters.0.valueFrom.supplied`,
  ],
  [
    "valueFrom.path of a body's output",
    main({ steps: [[task({})]], outputs: { parameters: [{ name: "p", ...path }] } }),
    `InvalidValue ${m}.outputs.parameters.0.valueFrom.path`,
  ],
  ["an output without a source", output({}), `InvalidValue ${m}.outputs.parameters.0`],
  ["an output with two", output({ ...path, value: "x" }), `InvalidValue ${m}.outputs.parameters.0`],
  [
    "an output's globalName",
    output({ ...path, globalName: "a b" }),
    `InvalidValue ${m}.outputs.parameters.0.globalName`,
  ],
  [
    "an artifact's globalName",
    pod({ outputs: { artifacts: [{ name: "o", path: "/o", globalName: "a b" }] } }),
    `InvalidValue ${m}.outputs.artifacts.0.globalName`,
  ],
  [
    "an input artifact without a path",
    pod({ inputs: { artifacts: [{ name: "i", ...raw }] } }),
    `InvalidValue ${m}.inputs.artifacts.0.path`,
  ],
  [
    "an input artifact with a path, of steps",
    main({ steps: [[task({})]], inputs: { artifacts: [{ name: "i", path: "/i", ...raw }] } }),
    `InvalidValue ${m}.inputs.artifacts.0.path`,
  ],
  [
    "an input artifact with from",
    pod({ inputs: { artifacts: [{ name: "i", path: "/i", from: "{{x}}", optional: true }] } }),
    `InvalidValue ${m}.inputs.artifacts.0.from`,
  ],
  [
    "two input artifacts at one place",
    pod({
      inputs: {
        artifacts: [
          { name: "i", path: "/i", ...raw },
          { name: "j", path: "/i", ...raw },
        ],
      },
    }),
    `InvalidValue ${m}.inputs.artifacts.1.path`,
  ],
  [
    "an argument artifact from nowhere",
    spec({ arguments: { artifacts: [{ name: "i" }] } }),
    "InvalidValue spec.arguments.artifacts.0",
  ],
  [
    "an argument artifact with from and fromExpression",
    spec({ arguments: { artifacts: [{ name: "i", from: "{{x}}", fromExpression: "1" }] } }),
    "InvalidValue spec.arguments.artifacts.0",
  ],
  [
    "an output artifact without a path",
    pod({ outputs: { artifacts: [{ name: "o" }] } }),
    `InvalidValue ${m}.outputs.artifacts.0.path`,
  ],
  [
    "an output artifact in git",
    pod({ outputs: { artifacts: [{ name: "o", path: "/o", git: { repo: "x" } }] } }),
    `InvalidValue ${m}.outputs.artifacts.0.git`,
  ],
  [
    "an output artifact of a pod with from",
    pod({ outputs: { artifacts: [{ name: "o", path: "/o", from: "{{x}}" }] } }),
    `InvalidValue ${m}.outputs.artifacts.0.from`,
  ],
  [
    "an output artifact of steps without from",
    main({ steps: [[task({})]], outputs: { artifacts: [{ name: "o" }] } }),
    `InvalidValue ${m}.outputs.artifacts.0.from`,
  ],
  [
    "an output artifact of steps with a path",
    main({
      inputs: { artifacts: [{ name: "x", optional: true }] },
      steps: [[task({})]],
      outputs: { artifacts: [{ name: "o", path: "/o", from: "{{inputs.artifacts.x}}" }] },
    }),
    `InvalidValue ${m}.outputs.artifacts.0.path`,
  ],
  [
    "an output artifact of steps with from and fromExpression",
    main({
      inputs: { artifacts: [{ name: "x", optional: true }] },
      steps: [[task({})]],
      outputs: {
        artifacts: [{ name: "o", from: "{{inputs.artifacts.x}}", fromExpression: "workflow.name" }],
      },
    }),
    `InvalidValue ${m}.outputs.artifacts.0`,
  ],
  [
    "an output artifact of steps with a place of its own",
    main({
      inputs: { artifacts: [{ name: "x", optional: true }] },
      steps: [[task({})]],
      outputs: {
        artifacts: [{ name: "o", from: "{{inputs.artifacts.x}}", s3: { key: "x" } }],
      },
    }),
    `InvalidValue ${m}.outputs.artifacts.0.from`,
  ],
]

describeRules("inputs and outputs", data)
