import { epochMs, type UntypedObject } from "@argo-ts/kernel"
import { fc, test } from "@fast-check/vitest"
import { describe, expect } from "vitest"
import {
  type Application,
  decideApplication,
  defaultSettings,
  type ObservedApplication,
} from "../src/index.js"
import { applicationFixture, configMapFixture } from "../src/testing/index.js"

const names = fc.constantFrom("a", "b", "c", "__proto__", "constructor")
const annotations = fc.dictionary(
  fc.constantFrom(
    "argocd.argoproj.io/sync-wave",
    "argocd.argoproj.io/hook",
    "argocd.argoproj.io/sync-options",
    "argocd.argoproj.io/tracking-id",
    "kubectl.kubernetes.io/last-applied-configuration",
  ),
  fc.oneof(
    fc.constantFrom("1", "-3", "PreSync", "Sync,PostSync", "Skip", "Prune=false"),
    fc.string(),
  ),
)
const wanted: fc.Arbitrary<UntypedObject> = fc
  .tuple(names, fc.string(), annotations)
  .map(([name, value, marks]) => configMapFixture(name, value, marks))
const live: fc.Arbitrary<UntypedObject> = fc
  .tuple(wanted, fc.boolean())
  .map(([object, isOurs]) => ({
    ...object,
    metadata: {
      ...object.metadata,
      namespace: "shop",
      uid: `uid-${object.metadata.name}`,
      annotations: {
        ...object.metadata.annotations,
        ...(isOurs
          ? { "argocd.argoproj.io/tracking-id": `shop:/ConfigMap:shop/${object.metadata.name}` }
          : {}),
      },
    },
  }))
const applicationArbitrary: fc.Arbitrary<Application> = fc
  .record({ prune: fc.boolean(), selfHeal: fc.boolean(), asked: fc.boolean() })
  .map(({ prune, selfHeal, asked }) => ({
    ...applicationFixture("shop", { syncPolicy: { automated: { prune, selfHeal } } }),
    ...(asked ? { operation: { sync: { prune }, retry: { limit: 2 } } } : {}),
  }))
const observedArbitrary: fc.Arbitrary<ObservedApplication> = fc.record({
  source: fc.oneof(
    fc.record({
      revision: fc.constantFrom("aaaaaaaa", "bbbb"),
      objects: fc.array(wanted, { maxLength: 4 }),
    }),
    fc.record({ error: fc.string() }),
  ),
  live: fc.uniqueArray(live, { maxLength: 4, selector: (object) => object.metadata.name }),
  clusterScoped: fc.constant([]),
  refusals: fc.oneof(
    { weight: 9, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.constant(["no"]) },
  ),
  performed: fc.constant({}),
})
const at = fc.integer({ min: 0, max: 4e12 }).map((value) => epochMs(Math.floor(value)))

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) freeze(inner)
  }
  return value
}

describe("decideApplication", () => {
  test.prop([applicationArbitrary, observedArbitrary, at])(
    "is total, deterministic, leaves its input alone, and its status survives JSON",
    (application, observed, now) => {
      freeze(application)
      freeze(observed)
      const decision = decideApplication(application, observed, now, defaultSettings)
      expect(decideApplication(application, observed, now, defaultSettings)).toEqual(decision)
      const stored = JSON.parse(JSON.stringify(decision.status))
      const again = (status: Application["status"]) =>
        decideApplication(
          { ...application, ...(status && { status }) },
          observed,
          now,
          defaultSettings,
        )
      expect(again(stored)).toEqual(again(decision.status))
    },
  )

  test.prop([applicationArbitrary, observedArbitrary, at])(
    "the order of live objects means nothing",
    (application, observed, now) => {
      const turned = { ...observed, live: observed.live.toReversed() }
      expect(decideApplication(application, turned, now, defaultSettings)).toEqual(
        decideApplication(application, observed, now, defaultSettings),
      )
    },
  )

  test.prop([applicationArbitrary, observedArbitrary, at])(
    "an observation that only acknowledges what was done proposes none of it again",
    (application, observed, now) => {
      const first = decideApplication(application, observed, now, defaultSettings)
      const performed = Object.fromEntries(
        first.actions.map(({ key }) => [key, { ok: true, message: "done" }]),
      )
      const next = { ...application, status: first.status }
      const second = decideApplication(next, { ...observed, performed }, now, defaultSettings)
      const done = new Set(
        first.actions
          .filter(
            ({ type, key }) =>
              type === "ApplyObject" || (type === "DeleteObject" && key.includes("/prune/")),
          )
          .map(({ key }) => key),
      )
      expect(second.actions.filter(({ key }) => done.has(key))).toEqual([])
    },
  )
})
