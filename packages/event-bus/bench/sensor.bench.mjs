// Events a second through filters and parameters: publish on the in-memory bus → filters → parameters → a function.
// `pnpm bench event-bus` builds first.
import { compileSensor, createEventing, openSensor } from "@argo-ts/event-bus"

const argo = "argoproj.io/v1alpha1"
const dependencyName = "push"
const sensor = {
  apiVersion: argo,
  kind: "Sensor",
  metadata: { name: "bench", namespace: "default" },
  spec: {
    dependencies: [
      {
        name: "push",
        eventSourceName: "github",
        eventName: "shop",
        filters: {
          data: [
            { path: "body.ref", type: "string", value: ["refs/heads/main"] },
            { path: "body.size", type: "number", comparator: ">=", value: ["1"] },
            { path: "body.deleted", type: "bool", value: ["false"] },
          ],
        },
      },
    ],
    triggers: [
      {
        template: {
          name: "t",
          function: {
            name: "f",
            payload: [
              { src: { dependencyName, dataKey: "body.after" }, dest: "revision" },
              { src: { dependencyName, contextKey: "subject" }, dest: "event" },
            ],
          },
        },
      },
    ],
  },
}

const events = Array.from({ length: 200_000 }, (_, index) => ({
  id: `event-${index}`,
  source: "github",
  specversion: "1.0",
  type: "github",
  subject: "shop",
  datacontenttype: "application/json",
  time: "2026-01-01T00:00:00Z",
  data: {
    body: { ref: "refs/heads/main", after: `commit-${index}`, size: index + 1, deleted: false },
  },
}))

async function run() {
  let calls = 0
  const eventing = createEventing({ functions: { f: () => calls++ } })
  const added = await eventing.add(sensor)
  if (!added.ok) throw new Error(JSON.stringify(added.issues))
  const begin = process.hrtime.bigint()
  for (const event of events) await eventing.publish(event)
  while (calls < events.length) await new Promise((resolve) => setImmediate(resolve))
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9
  await eventing.close()
  return events.length / seconds
}

function decide() {
  const plan = compileSensor(sensor)
  const session = openSensor(plan.value, undefined)
  const begin = process.hrtime.bigint()
  for (const event of events) {
    const { actions } = session.handle({ type: "EventArrived", event }, 0)
    for (const { key } of actions) {
      const ended = { type: "AttemptEnded", key, outcome: { result: "Succeeded" } }
      for (const each of session.handle(ended, 0).actions) {
        session.handle({ type: "EventAcknowledged", id: each.id }, 0)
      }
    }
  }
  return events.length / (Number(process.hrtime.bigint() - begin) / 1e9)
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

const shown = (rate) => `${Math.round(rate).toLocaleString("en")} events/s`
const bus = []
const core = []
for (let round = 0; round < 9; round++) {
  bus.push(await run())
  core.push(decide())
}
console.log(
  `bus → 3 filters → 2 parameters → function: ${shown(median(bus))} (median of 9; target 200,000)`,
)
console.log(`the decision alone, filters and parameters included: ${shown(median(core))}`)
