import { isJsonObject, type JsonObject } from "@argo-ts/kernel"
import type { BlueGreenStrategy } from "../api/blue-green.js"
import type { CanaryStrategy } from "../api/canary.js"
import type { Rollout, RolloutSpec } from "../api/rollout.js"

/** What a built rollout is like; everything has a default. */
export interface RolloutBuilderOptions {
  /** Default `shop`. */
  readonly name?: string
  /** Default `default`. */
  readonly namespace?: string
  /** Default 10. */
  readonly replicas?: number
  /** Default `shop:1`. */
  readonly image?: string
  /** More fields of the spec. */
  readonly spec?: Partial<RolloutSpec>
}

function build(options: RolloutBuilderOptions, strategy: RolloutSpec["strategy"]): Rollout {
  const {
    name = "shop",
    namespace = "default",
    replicas = 10,
    image = "shop:1",
    spec = {},
  } = options
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name, image }] },
      },
      ...(strategy === undefined ? {} : { strategy }),
      ...spec,
    },
  }
}

/** A rollout with a canary strategy. */
export function canaryRollout(
  canary: CanaryStrategy,
  options: RolloutBuilderOptions = {},
): Rollout {
  return build(options, { canary })
}

/** A rollout with a blue-green strategy. */
export function blueGreenRollout(
  blueGreen: BlueGreenStrategy,
  options: RolloutBuilderOptions = {},
): Rollout {
  return build(options, { blueGreen })
}

/** The same rollout with another image in all of its containers: a release. */
export function withImage(rollout: Rollout, image: string): Rollout {
  const template: JsonObject = rollout.spec.template ?? {}
  const podSpec = isJsonObject(template["spec"]) ? template["spec"] : {}
  const containers = Array.isArray(podSpec["containers"]) ? podSpec["containers"] : []
  const changed = containers.map((container) =>
    isJsonObject(container) ? { ...container, image } : container,
  )
  return {
    ...rollout,
    spec: { ...rollout.spec, template: { ...template, spec: { ...podSpec, containers: changed } } },
  }
}
