import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { formatInstant, silentLogger, textAt } from "@argo-ts/kernel"
import { afterAll, expect, test } from "vitest"
import { openDelivery } from "../src/demo/delivery.js"
import { freightOf, promotionsOf, settledVersion, versionOf } from "../src/demo/story/scene.js"
import { minutes, type StoryStep, unless } from "../src/demo/story/step.js"
import { story } from "../src/demo/story/steps.js"
import { tell } from "../src/demo/story/teller.js"
import { freights } from "../src/demo/world/kinds.js"

const directory = mkdtempSync(join(tmpdir(), "argo-ts-approval-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const version = (scene: Parameters<StoryStep["missing"]>[0]): string =>
  versionOf(scene.view, scene.notes["good"] ?? "")

/** Promoting before the Freight has soaked is refused. */
const tooEarly: StoryStep = {
  id: "test/early",
  part: 1,
  text: "somebody promotes to prod before the Freight has soaked",
  async act(scene) {
    const freight = freightOf(scene.view, version(scene))[0]
    await scene.promote("prod", freight?.metadata.name ?? "")
    return {}
  },
  missing(scene) {
    const phases = promotionsOf(scene.view, version(scene), "prod").map((promotion) =>
      textAt(promotion, "status", "phase"),
    )
    return unless(
      phases.join() === "Errored",
      `one Promotion that is Errored (found ${phases.join()})`,
    )
  },
  withinMs: minutes(10),
}

/** Approval by a person unlocks it at once. */
const approved: StoryStep = {
  id: "test/approved",
  part: 1,
  text: "somebody approves the Freight for prod and promotes again",
  async act(scene) {
    const name = freightOf(scene.view, version(scene))[0]?.metadata.name ?? ""
    const status = { approvedFor: { prod: { approvedAt: formatInstant(scene.now()) } } }
    const options = { subresource: "status", fieldManager: "demo" }
    const patch = { type: "merge", patch: { status } } as const
    await scene.cluster.patch(freights, { namespace: "shop", name }, patch, options)
    await scene.promote("prod", name)
    return {}
  },
  missing: (scene) =>
    unless(settledVersion(scene.view, "shop-prod") === version(scene), "prod runs the version"),
  withinMs: minutes(60),
}

test("prod refuses Freight that has not soaked, and approval unlocks it", async () => {
  const onOpen = (): void => {}
  const delivery = await openDelivery({ directory, seed: 1, logger: silentLogger, onOpen })
  const { clock, sim, view, scene } = delivery
  try {
    const until = story.findIndex((step) => step.id === "good/staging")
    const steps = [...story.slice(0, until + 1), tooEarly, approved]
    const outcome = await tell(steps, { clock, cluster: sim.cluster, view, scene })
    expect(outcome).toEqual({ ok: true, held: steps.length })
  } finally {
    await delivery.close()
  }
})
