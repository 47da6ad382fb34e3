import { systemZones } from "@argo-ts/expr/zones"
import type { Cluster } from "@argo-ts/k8s"
import {
  type Addresses,
  type Issue,
  type Logger,
  ok,
  type Result,
  silentLogger,
} from "@argo-ts/kernel"
import { type Clock, systemClock } from "@argo-ts/kernel/clock"
import { createHttpClient, type HttpClient } from "@argo-ts/kernel/http"
import type { CloudEvent } from "../api/cloud-event.js"
import type { EventSource } from "../api/event-source.js"
import { parseEventSource } from "../api/parse-event-source.js"
import { parseSensor } from "../api/parse-sensor.js"
import type { Sensor } from "../api/sensor.js"
import type { Bus } from "../buses/bus.js"
import { createMemoryBus } from "../buses/memory.js"
import { explainSensor, type TriggerExplanation } from "../core/explain.js"
import { compileSensor, type SensorOptions } from "../core/plan.js"
import type { Publish, SecretReader } from "../sources/accepted.js"
import { originOf, routesOf } from "../sources/routes.js"
import { createCounter } from "../sources/webhook.js"
import { createWebhookServers, type WebhookServers } from "../sources/webhook-servers.js"
import { createPerformer, type TriggerFunction } from "../triggers/perform.js"
import { runCalendar } from "./calendar-runner.js"
import { runSensor, type SensorRunner } from "./sensor-runner.js"

/** What eventing in this process is made of; everything has a default. */
export interface EventingOptions extends SensorOptions {
  /** Default the machine's. */
  readonly clock?: Clock
  /** Default: nothing is logged. */
  readonly logger?: Logger
  /** Default a bus in memory. */
  readonly bus?: Bus
  /** Where Kubernetes triggers write. Default none: they fail with a message that says so. */
  readonly cluster?: Cluster
  /** Default one over `addresses`. */
  readonly http?: HttpClient
  /** Where names in `http` triggers are reached. Default: as they are. */
  readonly addresses?: Addresses
  /** Reads Secrets and ConfigMaps. Default: there are none. */
  readonly secrets?: SecretReader
  /** Functions that `function` triggers call. */
  readonly functions?: { readonly [name: string]: TriggerFunction }
  /** Default: servers on 127.0.0.1 with the ports that the manifests name. */
  readonly webhooks?: WebhookServers
}

/** Sources and sensors that run in this process. */
export interface Eventing {
  /** Runs an EventSource or Sensor, in place of one with the same name; or lists what is wrong with it. */
  add(manifest: unknown): Promise<Result<EventSource | Sensor>>
  /** Publishes an event as a source would. */
  publish(event: CloudEvent): Promise<void>
  /** What each trigger of a sensor waits for; empty where no sensor has that name. */
  explain(sensor: string, namespace?: string): readonly TriggerExplanation[]
  /** Attempts that are under way. */
  running(): number
  /** Stops everything that `add` started. */
  close(): Promise<void>
}

interface RunningSensor {
  readonly sensor: Sensor
  readonly runner: SensorRunner
}

const noSecrets: SecretReader = { secret: async () => undefined, configMap: async () => undefined }

function keyOf({ metadata }: EventSource | Sensor): string {
  return `${metadata.namespace ?? ""}/${metadata.name ?? ""}`
}

function isOfKind(manifest: unknown, kind: string): boolean {
  return (
    typeof manifest === "object" &&
    manifest !== null &&
    "kind" in manifest &&
    manifest.kind === kind
  )
}

function unknownKind(): readonly Issue[] {
  const message = "expected an EventSource or a Sensor"
  return [{ code: "InvalidValue", path: ["kind"], message }]
}

/**
 * Event sources and sensors in this process, without a cluster.
 *
 * @example
 * ```ts
 * const eventing = createEventing({ functions: { greet: (argument) => console.log(argument) } })
 * await eventing.add(sensor)
 * await eventing.publish(event)
 * ```
 */
export function createEventing(options: EventingOptions = {}): Eventing {
  const { clock = systemClock(), logger = silentLogger, secrets = noSecrets } = options
  const { zones = systemZones, addresses = {}, functions = {} } = options
  const { bus = createMemoryBus({ clock }), webhooks = createWebhookServers({ logger }) } = options
  const { http = createHttpClient({ clock, logger, addresses }) } = options
  const compileOptions = { ...options, zones }
  const cluster = options.cluster === undefined ? {} : { cluster: options.cluster }
  const perform = createPerformer({ logger, http, secrets, functions, ...cluster })
  const sensors = new Map<string, RunningSensor>()
  const calendars = new Map<string, readonly (() => void)[]>()
  const publish: Publish = (_origin, event) => bus.publish(event)
  const count = createCounter()

  const addSensor = (sensor: Sensor): Result<Sensor> => {
    const plan = compileSensor(sensor, compileOptions)
    if (!plan.ok) return plan
    const key = keyOf(sensor)
    sensors.get(key)?.runner.stop()
    const runner = runSensor({ plan: plan.value, bus, clock, logger, perform })
    sensors.set(key, { sensor, runner })
    return ok(sensor)
  }
  const addSource = async (source: EventSource): Promise<Result<EventSource>> => {
    const key = keyOf(source)
    for (const cancel of calendars.get(key) ?? []) cancel()
    await webhooks.setRoutes(key, routesOf(source, { clock, logger, secrets, publish, count }))
    const started = Object.entries(source.spec.calendar ?? {}).map(([name, calendar]) =>
      runCalendar(originOf(source, "calendar", name), calendar, { clock, logger, publish, zones }),
    )
    calendars.set(key, started)
    return ok(source)
  }
  return {
    async add(manifest) {
      if (isOfKind(manifest, "Sensor")) {
        const parsed = parseSensor(manifest, compileOptions)
        return parsed.ok ? addSensor(parsed.value) : parsed
      }
      if (!isOfKind(manifest, "EventSource")) return { ok: false, issues: unknownKind() }
      const parsed = parseEventSource(manifest, { zones })
      return parsed.ok ? addSource(parsed.value) : parsed
    },
    publish: (event) => bus.publish(event),
    explain(name, namespace = "") {
      const found = sensors.get(`${namespace}/${name}`)
      if (found === undefined) return []
      const sensor = { ...found.sensor, status: found.runner.status() }
      return explainSensor(sensor, clock.now(), compileOptions)
    },
    running: () => [...sensors.values()].reduce((sum, { runner }) => sum + runner.running(), 0),
    async close() {
      for (const { runner } of sensors.values()) runner.stop()
      for (const cancels of calendars.values()) for (const cancel of cancels) cancel()
      if (options.webhooks === undefined) await webhooks.close()
      else for (const key of calendars.keys()) await webhooks.setRoutes(key, [])
    },
  }
}
