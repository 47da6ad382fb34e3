import type { Zones } from "@argo-ts/expr"
import type { Addresses } from "@argo-ts/kernel"
import type { SensorOptions } from "../core/plan.js"
import type { WebhookServers } from "../sources/webhook-servers.js"
import type { TriggerFunction } from "../triggers/perform.js"

/** How the controllers of this package run; everything has a default. */
export interface EventControllersOptions extends SensorOptions {
  /** Time zones. Default: those of the JavaScript runtime. */
  readonly zones?: Zones
  /**
   * The servers of webhooks: the caller made them, knows their addresses and closes them. Default: servers on
   * 127.0.0.1 with the ports that the manifests name, which do not keep the process alive.
   */
  readonly webhooks?: WebhookServers
  /** Where names in `http` triggers are reached. Default: as they are. */
  readonly addresses?: Addresses
  /** How far a virtual clock moves per HTTP request of a trigger. Default 50. */
  readonly httpTakesMs?: number
  /** Functions that `function` triggers call. */
  readonly functions?: { readonly [name: string]: TriggerFunction }
}
