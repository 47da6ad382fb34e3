import { controller } from "@argo-ts/k8s"
import { defineKind, type KubernetesObject } from "@argo-ts/kernel"

interface Greeting extends KubernetesObject {
  readonly spec: { readonly text: string }
}
const greetings = defineKind<Greeting>({
  group: "example.com",
  version: "v1",
  kind: "Greeting",
  plural: "greetings",
  scope: "Namespaced",
  hasStatus: true,
})
const greeter = controller("greeter", greetings).reconcile(async (key, { cluster, logger }) => {
  const greeting = await cluster.get(greetings, key)
  logger.info(greeting === undefined ? `${key.name} is gone` : greeting.spec.text)
  return {}
})
console.log(`${greeter.name} looks at ${greeter.kind.plural}, ${greeter.concurrency} at once`)
// greeter looks at greetings, 16 at once
