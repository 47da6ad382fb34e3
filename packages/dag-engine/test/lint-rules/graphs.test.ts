import {
  a,
  box,
  dag,
  describeRules,
  given,
  m,
  main,
  type Row,
  steps,
  taking,
  task,
  withTemplates,
} from "./manifests.js"

const graphs: readonly Row[] = [
  ["two loops", dag(task({ withItems: [1], withParam: "[]" })), `InvalidValue ${a}`],
  [
    "a sequence with count and end",
    dag(task({ withSequence: { count: 1, end: 2 } })),
    `InvalidValue ${a}.withSequence`,
  ],
  ["a sequence with neither", dag(task({ withSequence: {} })), `InvalidValue ${a}.withSequence`],
  [
    "a sequence of no number",
    dag(task({ withSequence: { count: "three" } })),
    `InvalidValue ${a}.withSequence.count`,
  ],
  ["a loop over no list", dag(task({ withParam: "[1" })), `InvalidValue ${a}.withParam`],
  [
    "a loop over a mapping",
    steps([task({ withParam: "{}" })]),
    `InvalidValue ${m}.steps.0.0.withParam`,
  ],
  [
    "depends and dependencies in one task",
    dag(task({}), task({ name: "b", depends: "a", dependencies: ["a"] })),
    `InvalidValue ${m}.dag.tasks.1`,
    `InvalidValue ${m}.dag.tasks.1.dependencies`,
  ],
  [
    "depends and dependencies in one dag",
    dag(task({}), task({ name: "b", depends: "a" }), task({ name: "c", dependencies: ["a"] })),
    `InvalidValue ${m}.dag.tasks.2.dependencies`,
  ],
  [
    "continueOn beside depends",
    dag(task({}), task({ name: "b", depends: "a", continueOn: { failed: true } })),
    `InvalidValue ${m}.dag.tasks.1.continueOn`,
  ],
  [
    "a digit in front where dependencies are used",
    dag(task({ name: "1a" }), task({ name: "b", dependencies: ["1a"] })),
    `InvalidValue ${a}.name`,
  ],
  ["no tasks", main({ dag: { tasks: [] } }), `InvalidValue ${m}.dag.tasks`],
  [
    "a circle",
    dag(task({ depends: "b" }), task({ name: "b", depends: "a" })),
    `CyclicDependency ${m}.dag.tasks`,
  ],
  [
    "a target that is not there",
    main({ dag: { target: "a z", tasks: [task({})] } }),
    `UnknownDependency ${m}.dag.target`,
  ],
  [
    "an unknown dependency",
    dag(task({ dependencies: ["z"] })),
    `UnknownDependency ${a}.dependencies.0`,
  ],
  ["an unknown task in depends", dag(task({ depends: "z" })), `UnknownDependency ${a}.depends`],
  [
    "no result of a task",
    dag(task({}), task({ name: "b", depends: "a.Done" })),
    `InvalidExpression ${m}.dag.tasks.1.depends`,
  ],
  [
    "AnySucceeded of no loop",
    dag(task({}), task({ name: "b", depends: "a.AnySucceeded" })),
    `InvalidValue ${m}.dag.tasks.1.depends`,
  ],
  [
    "an output of no ancestor",
    withTemplates(
      {
        name: "m",
        dag: {
          tasks: [
            task({ ...given }),
            task({
              name: "b",
              arguments: { parameters: [{ name: "p", value: "{{tasks.a.outputs.result}}" }] },
            }),
          ],
        },
      },
      taking,
    ),
    `UnresolvedTag ${m}.dag.tasks.1.arguments.parameters.0.value`,
  ],
  [
    "an output of a later step",
    steps([task({ when: "{{steps.b.outputs.result}} == x" })], [task({ name: "b" })]),
    `UnresolvedTag ${m}.steps.0.0.when`,
  ],
  ["a call of two", dag(task({ inline: { container: box } })), `InvalidValue ${a}`],
  ["a call of none", dag({ name: "a" }), `InvalidValue ${a}`],
  [
    "a templateRef without a template",
    dag({ name: "a", templateRef: { name: "t", template: "" } }),
    `InvalidValue ${a}.templateRef.template`,
  ],
  [
    "inline within inline",
    dag({ name: "a", inline: { steps: [[{ name: "b", inline: { container: box } }]] } }),
    `InvalidValue ${a}.inline`,
  ],
  ["a condition", dag(task({ when: "a ==" })), `InvalidExpression ${a}.when`],
  [
    "a condition, whatever its tags stand for",
    dag(task({ when: "{{workflow.name}} ==" })),
    `InvalidExpression ${a}.when`,
  ],
  [
    "an unknown template of a hook",
    dag(task({ hooks: { exit: { template: "gone" } } })),
    `UnknownTemplate ${a}.hooks.exit.template`,
  ],
  [
    "a hook without expression",
    dag(task({ hooks: { running: { template: "leaf" } } })),
    `InvalidValue ${a}.hooks.running.expression`,
  ],
  [
    "a hook's expression",
    dag(task({ hooks: { running: { template: "leaf", expression: "1 +" } } })),
    `InvalidExpression ${a}.hooks.running.expression`,
  ],
  [
    "an unknown onExit of a step",
    steps([task({ onExit: "gone" })]),
    `UnknownTemplate ${m}.steps.0.0.onExit`,
  ],
]

describeRules("steps and tasks", graphs)
