import { createHmac } from "node:crypto"
import { createClusterSim } from "@argo-ts/cluster-sim"
import { epochMs, type Kind } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { afterEach, expect, test } from "vitest"
import { type EventServer, serveEvents, type WebhookOptions } from "../src/events/index.js"
import { workflowEventBindings, workflowKinds, workflows } from "../src/index.js"

let server: EventServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

const clients = {
  "git-hub": "type: github\nsecret: one",
  "git-lab": "type: gitlab\nsecret: two",
  cloud: "type: bitbucket\nsecret: '{three}'",
  server: "type: bitbucketserver\nsecret: four",
}
const body = '{"sha":"abc"}'
const signed = (secret: string, text = body) =>
  `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`

async function open(
  stringData: { readonly [name: string]: string } | undefined = clients,
  more: Partial<WebhookOptions> = {},
) {
  const clock = createVirtualClock(epochMs(0))
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  await cluster.create(workflowEventBindings, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "WorkflowEventBinding",
    metadata: { name: "push", namespace: "default" },
    spec: {
      event: { selector: "payload.sha == 'abc'" },
      submit: { workflowTemplateRef: { name: "build" } },
    },
  })
  if (stringData !== undefined) {
    await cluster.create(
      builtInKind("v1", "Secret") as Kind,
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "argo-workflows-webhook-clients", namespace: "default" },
        stringData,
      } as never,
    )
  }
  const webhooks = { cluster, ...more }
  const { url } = (server = await serveEvents({ cluster, webhooks, clock, token: "t", port: 0 }))
  const send = async (headers: { readonly [name: string]: string }, namespace = "default") => {
    const init = { method: "POST", headers, body }
    const answer = await fetch(`${url}/api/v1/events/${namespace}/push`, init)
    return { status: answer.status, body: (await answer.json()) as unknown }
  }
  const submitted = async () => (await cluster.list(workflows)).items.length
  return { cluster, send, submitted }
}

test.each<[string, { readonly [name: string]: string }]>([
  ["git-hub", { "x-github-event": "push", "x-hub-signature-256": signed("one") }],
  ["git-lab", { "x-gitlab-event": "Push Hook", "x-gitlab-token": "two" }],
  ["cloud", { "x-event-key": "repo:push", "x-hook-uuid": "{three}" }],
  ["server", { "x-event-key": "repo:refs_changed", "x-hub-signature": signed("four") }],
])("%s is known by what it shows, and acts as its service account", async (name, headers) => {
  const accounts: unknown[] = []
  const world: { cluster?: Awaited<ReturnType<typeof open>>["cluster"] } = {}
  const { cluster, send, submitted } = await open(clients, {
    as(account) {
      accounts.push(account)
      return world.cluster as NonNullable<typeof world.cluster>
    },
  })
  world.cluster = cluster
  expect(await send(headers)).toEqual({ status: 200, body: {} })
  expect(accounts).toEqual([{ namespace: "default", name }])
  expect(await submitted()).toBe(1)
})

test.each<[string, { readonly [name: string]: string }]>([
  ["nothing", {}],
  ["another secret", { "x-github-event": "push", "x-hub-signature-256": signed("two") }],
  ["another body", { "x-github-event": "push", "x-hub-signature-256": signed("one", "{}") }],
  ["a signature without its event", { "x-hub-signature-256": signed("one") }],
  ["a signature that is weak", { "x-github-event": "push", "x-hub-signature": signed("one") }],
  ["the secret of another kind", { "x-gitlab-event": "Push Hook", "x-gitlab-token": "one" }],
  ["an empty secret", { "x-gitlab-event": "Push Hook", "x-gitlab-token": "" }],
  ["a token that is wrong", { authorization: "Bearer x", "x-gitlab-token": "two" }],
])("who shows %s is nobody", async (_what, headers) => {
  const { send, submitted } = await open()
  const refusal = { status: 401, body: { code: 16, message: "token not valid" } }
  expect(await send(headers)).toEqual(refusal)
  expect(await submitted()).toBe(0)
})

test("a Secret lets in for its own namespace, and for no event that is for all", async () => {
  const { send } = await open()
  const headers = { "x-gitlab-event": "Push Hook", "x-gitlab-token": "two" }
  expect((await send(headers)).status).toBe(200)
  expect((await send(headers, "other")).status).toBe(401)
  expect((await send(headers, "")).status).toBe(401)
})

test.each([
  { lab: "type: gitlab" },
  { lab: "type: gitlab\nsecret: ''" },
  { lab: "type: sourceforge\nsecret: x" },
  { lab: "{" },
])("a Secret that is broken lets nobody in, and does not say why: %j", async (broken) => {
  const { send } = await open(broken)
  expect(await send({ "x-gitlab-event": "Push Hook", "x-gitlab-token": "" })).toEqual({
    status: 403,
    body: { code: 7, message: "failed to process webhook request" },
  })
})
