import { textAt } from "@argo-ts/kernel"
import { changes } from "../world/changes.js"
import type { ChangeSet } from "../world/developer.js"
import { services } from "../world/kinds.js"
import {
  freightOf,
  isVerified,
  promotionsOf,
  type Scene,
  settledVersion,
  soakedMs,
  versionOf,
  workflowsOf,
} from "./scene.js"
import { minutes, type StoryStep, unless } from "./step.js"

const stages = ["dev", "staging", "prod"]
const soakMs = minutes(15)

function noted(scene: Scene, name: string): string {
  return scene.notes[name] ?? ""
}

function push(name: string, change: ChangeSet): NonNullable<StoryStep["act"]> {
  return async (scene) => ({ [name]: await scene.push(change) })
}

function workflowIs(scene: Scene, name: string, phase: string): readonly string[] {
  const workflows = workflowsOf(scene.view, noted(scene, name))
  const found = workflows.map((workflow) => textAt(workflow, "status", "phase"))
  const isSo = found.length === 1 && found[0] === phase
  return unless(
    isSo,
    `one Workflow of the ${name} commit is ${phase} (found ${found.join(", ") || "none"})`,
  )
}

function stageRuns(scene: Scene, name: string, stage: string): readonly string[] {
  const version = versionOf(scene.view, noted(scene, name))
  const running = settledVersion(scene.view, `shop-${stage}`)
  return [
    ...unless(
      version !== "" && running === version,
      `${stage} runs ${version} (found ${running || "a rollout on its way"})`,
    ),
    ...scene.view.differences({
      [`Stage/shop/${stage}`]: { "status.health.status": "Healthy" },
      [`Application/argocd/shop-${stage}`]: {
        "status.health.status": "Healthy",
        "status.sync.status": "Synced",
      },
    }),
  ]
}

function verified(scene: Scene, name: string): readonly string[] {
  const version = versionOf(scene.view, noted(scene, name))
  return [
    ...stageRuns(scene, name, "staging"),
    ...unless(
      isVerified(scene.view, version, "staging"),
      `the Freight of ${version} is verified in staging`,
    ),
  ]
}

function soaked(scene: Scene, name: string): readonly string[] {
  const freight = freightOf(scene.view, versionOf(scene.view, noted(scene, name)))[0]
  const ms = soakedMs(scene.view, freight?.metadata.name ?? "", "staging", scene.now())
  return unless(ms >= soakMs, `the Freight has been in staging for 15 minutes`)
}

async function promoteToProd(scene: Scene, name: string): Promise<Record<string, string>> {
  const freight = freightOf(scene.view, versionOf(scene.view, noted(scene, name)))[0]
  await scene.promote("prod", freight?.metadata.name ?? "")
  return {}
}

/** From the push of a good commit to prod. */
function delivery(part: 1 | 5, name: "good" | "fixed", change: ChangeSet): readonly StoryStep[] {
  return [
    {
      id: `${name}/build`,
      part,
      text: `a commit is pushed: ${change.message}`,
      act: push(name, change),
      missing: (scene) => workflowIs(scene, name, "Succeeded"),
      withinMs: minutes(15),
    },
    {
      id: `${name}/freight`,
      part,
      text: "its image becomes Freight and reaches dev",
      missing: (scene) => stageRuns(scene, name, "dev"),
      withinMs: minutes(30),
    },
    {
      id: `${name}/staging`,
      part,
      text: "staging shifts traffic, measures and verifies it",
      missing: (scene) => verified(scene, name),
      withinMs: minutes(60),
    },
    {
      id: `${name}/soak`,
      part,
      text: "it soaks in staging for a quarter of an hour",
      missing: (scene) => soaked(scene, name),
      withinMs: minutes(60),
    },
    {
      id: `${name}/prod`,
      part,
      text: "a person promotes it to prod, where the canary takes 20, 50, 100 %",
      act: (scene) => promoteToProd(scene, name),
      missing: (scene) => stageRuns(scene, name, "prod"),
      withinMs: minutes(90),
    },
  ]
}

const before: StoryStep = {
  id: "before",
  part: 0,
  text: "the environments are synced from Git and wait for a first version",
  async act(scene) {
    await scene.setUp()
    return {}
  },
  missing: ({ view }) => [
    ...stages.flatMap((stage) =>
      view.differences({
        [`Application/argocd/shop-${stage}`]: {
          "status.health.status": "Healthy",
          "status.sync.status": "Synced",
        },
      }),
    ),
    ...view.differences({
      "EventSource/ci/github": { "status.conditions[type=Deployed].status": "True" },
      "Sensor/ci/shop-push": { "status.conditions[type=Deployed].status": "True" },
    }),
  ],
  withinMs: minutes(30),
}

const broken: readonly StoryStep[] = [
  {
    id: "broken/build",
    part: 2,
    text: `a commit that does not build is pushed: ${changes.broken.message}`,
    act: push("broken", changes.broken),
    missing: (scene) => workflowIs(scene, "broken", "Failed"),
    withinMs: minutes(15),
  },
  {
    id: "broken/nothing",
    part: 2,
    text: "nothing follows from it",
    missing: (scene) => [
      ...scene.view.differences({ "Freight/shop/*": { $count: 1 } }),
      ...stageRuns(scene, "good", "dev"),
    ],
    lastsMs: minutes(5),
    withinMs: minutes(6),
  },
]

function prodIsSafe(scene: Scene): readonly string[] {
  const { view } = scene
  const version = versionOf(view, noted(scene, "faulty"))
  const freight = freightOf(view, version)[0]?.metadata.name ?? ""
  const verifications = view
    .of("AnalysisRun")
    .filter(
      (run) => run.metadata.namespace === "shop" && JSON.stringify(run.metadata).includes(freight),
    )
  return [
    ...unless(!isVerified(view, version, "staging"), "the Freight is never verified in staging"),
    ...unless(promotionsOf(view, version, "prod").length === 0, "prod is never offered it"),
    ...unless(verifications.length === 0, "no verification starts"),
    ...stageRuns(scene, "good", "prod"),
  ]
}

const faulty: readonly StoryStep[] = [
  {
    id: "faulty/build",
    part: 3,
    text: `a commit that builds, and fails under load, is pushed: ${changes.faulty.message}`,
    act: push("faulty", changes.faulty),
    missing: (scene) => workflowIs(scene, "faulty", "Succeeded"),
    withinMs: minutes(15),
  },
  {
    id: "faulty/dev",
    part: 3,
    text: "dev takes it",
    missing: (scene) => stageRuns(scene, "faulty", "dev"),
    withinMs: minutes(30),
  },
  {
    id: "faulty/abort",
    part: 3,
    text: "staging's canary fails its analysis and rolls itself back",
    missing: ({ view }) =>
      view.differences({
        "Rollout/shop-staging/shop": { "status.abort": true, "status.phase": "Degraded" },
        "AnalysisRun/shop-staging/*": { $some: { "status.phase": "Failed" } },
        "Application/argocd/shop-staging": { "status.health.status": "Degraded" },
        "Stage/shop/staging": { "status.health.status": "Unhealthy" },
      }),
    withinMs: minutes(60),
  },
  {
    id: "faulty/contained",
    part: 3,
    text: "it goes no further",
    missing: prodIsSafe,
    lastsMs: minutes(30),
    withinMs: minutes(31),
  },
]

const edit: StoryStep = {
  id: "edit",
  part: 4,
  text: "somebody edits prod's Service by hand, and self-heal restores it",
  async act({ cluster }) {
    // Not the port itself: it is what tells ports apart, and an apply cannot take back one that it never gave.
    const operations = [{ op: "replace", path: "/spec/ports/0/targetPort", value: 8081 }] as const
    const key = { namespace: "shop-prod", name: "shop" }
    await cluster.patch(services, key, { type: "json", operations }, { fieldManager: "demo" })
    return {}
  },
  missing: ({ view }) =>
    view.differences({
      "Service/shop-prod/shop": { "spec.ports[0].targetPort": "http" },
      "Application/argocd/shop-prod": {
        "status.sync.status": "Synced",
        "status.health.status": "Healthy",
      },
    }),
  withinMs: minutes(15),
}

/** One of each thing for each cause, whatever happened to the process. */
const once: StoryStep = {
  id: "once",
  part: 5,
  text: "each commit has one Workflow, one version, one Freight and one Promotion a Stage",
  missing: (scene) =>
    ["good", "faulty", "fixed"].flatMap((name) => {
      const { view } = scene
      const version = versionOf(view, noted(scene, name))
      const wanted = name === "faulty" ? ["dev", "staging"] : stages
      return [
        ...unless(
          workflowsOf(view, noted(scene, name)).length === 1,
          `one Workflow of the ${name} commit`,
        ),
        ...unless(freightOf(view, version).length === 1, `one Freight of the ${name} commit`),
        ...wanted.flatMap((stage) =>
          unless(
            promotionsOf(view, version, stage).length === 1,
            `one Promotion of the ${name} commit to ${stage}`,
          ),
        ),
      ]
    }),
  withinMs: 0,
}

/** The whole story. */
export const story: readonly StoryStep[] = [
  before,
  ...delivery(1, "good", changes.good),
  ...broken,
  ...faulty,
  edit,
  ...delivery(5, "fixed", changes.fixed),
  once,
]
