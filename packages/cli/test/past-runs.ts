import { join } from "node:path"
import { journalStore, type Workflow } from "@argo-ts/dag-engine"
import { directoryWith } from "./harness.js"

/** How a run was left. */
export interface Past {
  readonly phase?: string
  readonly createdAgoMs?: number
  readonly endedAgoMs?: number
  readonly labels?: { readonly [name: string]: string }
}

/** An instant that lies so long ago. */
export function ago(ms: number): string {
  return new Date(Date.now() - ms).toISOString()
}

type Pasts = { readonly [name: string]: Past }

/** A store with runs as they were left, of which nothing runs. */
export async function storeWith(runs: Pasts): Promise<string> {
  const directory = directoryWith({})
  await keepIn(directory, runs, (name) => `default/${name}`)
  return directory
}

/** Adds what a controller has archived to a store. */
export function archiveIn(directory: string, runs: Pasts): Promise<void> {
  return keepIn(directory, runs, (name) => `default/${name}/uid-${name}`)
}

async function keepIn(
  directory: string,
  runs: Pasts,
  keyOf: (name: string) => string,
): Promise<void> {
  const journal = journalStore(join(directory, "runs", "runs"))
  for (const [
    name,
    { phase = "Succeeded", createdAgoMs = 0, endedAgoMs, labels },
  ] of Object.entries(runs)) {
    await journal.snapshot(keyOf(name), {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Workflow",
      metadata: {
        name,
        namespace: "default",
        uid: `uid-${name}`,
        creationTimestamp: ago(createdAgoMs),
        ...(labels === undefined ? {} : { labels }),
      },
      spec: { entrypoint: "main", templates: [{ name: "main", container: { image: "none" } }] },
      status: {
        phase,
        startedAt: ago(createdAgoMs),
        ...(endedAgoMs === undefined ? {} : { finishedAt: ago(endedAgoMs) }),
        nodes: {
          [name]: {
            id: name,
            name,
            displayName: name,
            type: "Pod",
            phase,
            templateName: "main",
            startedAt: ago(createdAgoMs),
            ...(endedAgoMs === undefined ? {} : { finishedAt: ago(endedAgoMs) }),
          },
        },
      },
    } as Workflow)
  }
  journal.close()
}

const minute = 60_000
export const hour = 60 * minute
/** Runs of every sort. */
export const past = {
  fresh: { createdAgoMs: minute, endedAgoMs: minute },
  old: { createdAgoMs: 50 * hour, endedAgoMs: 49 * hour, labels: { team: "shop" } },
  running: { phase: "Running", createdAgoMs: 2 * hour, labels: { team: "shop", tier: "a" } },
  again: {
    phase: "Failed",
    createdAgoMs: 3 * hour,
    endedAgoMs: 3 * hour,
    labels: { "workflows.argoproj.io/resubmitted-from-workflow": "old" },
  },
}
