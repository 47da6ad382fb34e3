import { createEventing } from "@argo-ts/event-bus"

const push = { dependencyName: "push", dataKey: "body.after" }
const sensor = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Sensor",
  metadata: { name: "push" },
  spec: {
    dependencies: [
      {
        name: "push",
        eventSourceName: "github",
        eventName: "shop",
        filters: { data: [{ path: "body.ref", type: "string", value: ["^refs/heads/main$"] }] },
      },
    ],
    triggers: [
      {
        template: {
          name: "build",
          function: { name: "build", payload: [{ src: push, dest: "revision" }] },
        },
      },
    ],
  },
}
const eventing = createEventing({
  functions: { build: (argument) => console.log("build", JSON.stringify(argument)) },
})
await eventing.add(sensor)
for (const [id, ref] of Object.entries({ "1": "refs/heads/dev", "2": "refs/heads/main" })) {
  await eventing.publish({
    specversion: "1.0",
    id,
    source: "github",
    subject: "shop",
    type: "github",
    time: "2026-01-01T00:00:00Z",
    datacontenttype: "application/json",
    data: { body: { ref, after: `commit-${id}` } },
  })
}
console.log(eventing.explain("push")[0]?.message)
await eventing.close()
// build {"revision":"commit-2"}
// trigger "build" waits for "push"
