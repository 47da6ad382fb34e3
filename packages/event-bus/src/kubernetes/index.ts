/**
 * The controllers of EventSources and Sensors over the `Cluster` port.
 *
 * @packageDocumentation
 */
import { systemZones } from "@argo-ts/expr/zones"
import type { Controller } from "@argo-ts/k8s"
import { silentLogger } from "@argo-ts/kernel"
import { createWebhookServers } from "../sources/webhook-servers.js"
import { busController } from "./bus-controller.js"
import type { EventControllersOptions } from "./options.js"
import { sensorController } from "./sensor-controller.js"
import { sourceController } from "./source-controller.js"

export {
  createWebhookServers,
  type WebhookAnswer,
  type WebhookRoute,
  type WebhookServers,
  type WebhookServersOptions,
} from "../sources/webhook-servers.js"
export { causeAnnotation, triggerLabels } from "../triggers/kubernetes.js"
export type { FiringContext, TriggerFunction } from "../triggers/perform.js"
export { busLabels } from "./cluster-bus.js"
export type { EventControllersOptions } from "./options.js"

/**
 * The controllers `event-bus/bus`, `event-bus/source` and `event-bus/sensor`. The cluster must serve `eventKinds`. An event is
 * recorded in the cluster before its sender is answered, and forgotten after its triggers had their effect: a
 * process that is killed in between and started again handles each event once.
 *
 * @example
 * ```ts
 * const webhooks = createWebhookServers({ ports: { "12000": 0 }, logger })
 * createManager({ cluster, clock, logger }).add(...eventControllers({ webhooks })).start()
 * webhooks.address("12000") // http://127.0.0.1:43121, once an EventSource listens there
 * ```
 */
export function eventControllers(options: EventControllersOptions = {}): readonly Controller[] {
  const webhooks = options.webhooks ?? createWebhookServers({ logger: silentLogger })
  const filled = { zones: systemZones, ...options }
  return [busController(), sourceController(filled, webhooks), sensorController(filled)]
}
