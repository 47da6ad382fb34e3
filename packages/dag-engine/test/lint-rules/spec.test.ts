import {
  a,
  box,
  cron,
  dag,
  describeRules,
  inputs,
  leaf,
  long,
  m,
  main,
  named,
  path,
  pod,
  type Row,
  spec,
  steps,
  stored,
  task,
  withTemplates,
  workflow,
} from "./manifests.js"

const names: readonly Row[] = [
  ["a workflow's name of 64", named("a".repeat(64), spec({})), "InvalidValue metadata.name"],
  ["a template's name of 64", named("a".repeat(64), stored({})), "InvalidValue metadata.name"],
  ["a cron workflow's name of 53", named("a".repeat(53), cron({})), "InvalidValue metadata.name"],
  ["no name", { ...spec({}), metadata: {} }, "InvalidValue metadata.name"],
  ["a name that is no text", { ...spec({}), metadata: { name: 3 } }, "InvalidValue metadata.name"],
  [
    "a template without a name",
    workflow({ entrypoint: "leaf", templates: [leaf, { container: box }] }),
    "InvalidValue spec.templates.1.name",
  ],
  ["a template's name", withTemplates({ ...leaf, name: "a_b" }), `InvalidValue ${m}.name`],
  ["a template's name of 129", withTemplates({ ...leaf, name: long }), `InvalidValue ${m}.name`],
  ["a task's name", dag(task({ name: "a_b" })), `InvalidValue ${a}.name`],
  ["a step's name", steps([task({ name: "a b" })]), `InvalidValue ${m}.steps.0.0.name`],
  ["a parameter's name", inputs({ name: "a b" }), `InvalidValue ${m}.inputs.parameters.0.name`],
  [
    "an artifact's name",
    pod({ inputs: { artifacts: [{ name: "a.b", path: "/a", optional: true }] } }),
    `InvalidValue ${m}.inputs.artifacts.0.name`,
  ],
  ["two templates", withTemplates(leaf, leaf), "DuplicateName spec.templates.1.name"],
  ["two tasks", dag(task({}), task({})), `DuplicateName ${m}.dag.tasks.1.name`],
  ["two steps", steps([task({})], [task({})]), `DuplicateName ${m}.steps.1.0.name`],
  [
    "two inputs",
    pod({
      inputs: {
        parameters: [
          { name: "p", default: "" },
          { name: "p", default: "" },
        ],
      },
    }),
    `DuplicateName ${m}.inputs.parameters.1.name`,
  ],
  [
    "two outputs",
    pod({
      outputs: {
        parameters: [
          { name: "p", ...path },
          { name: "p", ...path },
        ],
      },
    }),
    `DuplicateName ${m}.outputs.parameters.1.name`,
  ],
  [
    "two arguments of a workflow",
    spec({
      arguments: {
        parameters: [
          { name: "p", value: 1 },
          { name: "p", value: 2 },
        ],
      },
    }),
    "DuplicateName spec.arguments.parameters.1.name",
  ],
]

const specs: readonly Row[] = [
  ["no entrypoint", workflow({ templates: [leaf] }), "InvalidValue spec.entrypoint"],
  [
    "an entrypoint that is not there",
    spec({ entrypoint: "laef" }),
    "UnknownTemplate spec.entrypoint",
  ],
  [
    "no templates",
    workflow({ entrypoint: "leaf" }),
    "InvalidValue spec.templates",
    "UnknownTemplate spec.entrypoint",
  ],
  [
    "templates beside workflowTemplateRef",
    [
      workflow({ templates: [leaf], workflowTemplateRef: { name: "t" } }),
      named("t", stored({ entrypoint: "leaf", templates: [leaf] })),
    ],
    "InvalidValue spec.templates",
  ],
  [
    "a workflowTemplateRef without a name",
    workflow({ workflowTemplateRef: { name: "" } }),
    "InvalidValue spec.workflowTemplateRef.name",
    "UnknownTemplate spec.workflowTemplateRef.name",
  ],
  [
    "a referred template without entrypoint",
    [workflow({ workflowTemplateRef: { name: "t" } }), named("t", stored({ templates: [leaf] }))],
    "UnknownTemplate spec.entrypoint",
  ],
  [
    "an argument that a referred template needs",
    [
      workflow({ workflowTemplateRef: { name: "t" } }),
      named(
        "t",
        stored({
          entrypoint: "leaf",
          templates: [leaf],
          arguments: { parameters: [{ name: "p" }] },
        }),
      ),
    ],
    "MissingArgument spec.arguments",
  ],
  ["two kinds in a template", main({ container: box, suspend: {} }), `InvalidValue ${m}`],
  ["no kind in a template", main({}), `InvalidValue ${m}`],
  ["an unknown onExit", spec({ onExit: "gone" }), "UnknownTemplate spec.onExit"],
  [
    "a negative deadline",
    spec({ activeDeadlineSeconds: -1 }),
    "InvalidValue spec.activeDeadlineSeconds",
  ],
  ["a negative parallelism", spec({ parallelism: -1 }), "InvalidValue spec.parallelism"],
  ["podGC", spec({ podGC: { strategy: "Sometimes" } }), "InvalidValue spec.podGC.strategy"],
  [
    "podGC's selector",
    spec({
      podGC: {
        labelSelector: { matchExpressions: [{ key: "a", operator: "Inn", values: ["b"] }] },
      },
    }),
    "InvalidValue spec.podGC.labelSelector.matchExpressions.0.operator",
  ],
  [
    "podGC's selector without values",
    spec({ podGC: { labelSelector: { matchExpressions: [{ key: "a", operator: "In" }] } } }),
    "InvalidValue spec.podGC.labelSelector.matchExpressions.0.values",
  ],
  [
    "podGC's selector with values too many",
    spec({
      podGC: {
        labelSelector: { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] },
      },
    }),
    "InvalidValue spec.podGC.labelSelector.matchExpressions.0.values",
  ],
  [
    "volumeClaimGC",
    spec({ volumeClaimGC: { strategy: "Never" } }),
    "InvalidValue spec.volumeClaimGC.strategy",
  ],
  ["artifactGC", spec({ artifactGC: { strategy: "x" } }), "InvalidValue spec.artifactGC.strategy"],
  [
    "a semaphore of nothing",
    spec({ synchronization: { semaphores: [{}] } }),
    "InvalidValue spec.synchronization.semaphores.0",
  ],
  [
    "a mutex without a name",
    spec({ synchronization: { mutexes: [{ name: "" }] } }),
    "InvalidValue spec.synchronization.mutexes.0.name",
  ],
  [
    "a metric's name, help and kind",
    spec({ metrics: { prometheus: [{ name: "a-b", help: "" }] } }),
    "InvalidValue spec.metrics.prometheus.0.name",
    "InvalidValue spec.metrics.prometheus.0.help",
    "InvalidValue spec.metrics.prometheus.0",
  ],
  [
    "a metric's labels",
    spec({
      metrics: {
        prometheus: [
          { name: "a", help: "x", labels: [{ key: "a.b", value: "" }], counter: { value: "1" } },
        ],
      },
    }),
    "InvalidValue spec.metrics.prometheus.0.labels.0.key",
  ],
  [
    "a gauge of what is known at the end, while it runs",
    spec({
      metrics: {
        prometheus: [
          {
            name: "a",
            help: "x",
            gauge: { realtime: true, value: "{{resourcesDuration.cpu}}" },
          },
          { name: "b", help: "x", gauge: { value: "{{resourcesDuration.cpu}}" } },
        ],
      },
    }),
    "InvalidValue spec.metrics.prometheus.0.gauge.value",
  ],
  [
    "podResources of a workflow",
    spec({ podResources: { limits: { cpus: 1 }, claims: [] } }),
    "InvalidValue spec.podResources.claims",
    "InvalidValue spec.podResources.limits.cpus",
  ],
]

describeRules("names", names)
describeRules("the spec", specs)
