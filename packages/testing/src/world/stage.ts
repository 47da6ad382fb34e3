import { createHash } from "node:crypto"
import { readFile, rm } from "node:fs/promises"
import { join, resolve } from "node:path"
import type { Cluster } from "@argo-ts/k8s"
import type { Addresses, JsonObject } from "@argo-ts/kernel"
import type { VirtualClock } from "@argo-ts/kernel/clock"
import { parseManifests } from "@argo-ts/kernel/yaml"
import type {
  ScenarioAction,
  ScenarioCommit,
  ScenarioFaults,
  ScenarioGiven,
  ScriptedMetric,
} from "../api/scenario.js"
import { createFixtureRepository, type FixtureRepository } from "../git/fixture-repository.js"
import { type ScriptedMetrics, startScriptedMetrics } from "../metrics/scripted-metrics.js"
import { asManifest, createUser, refuse } from "./user.js"

/** What happens in a scenario besides the controllers: users, metrics, commits, faults. */
export interface Stage {
  readonly addresses: Addresses
  give(given: ScenarioGiven): Promise<void>
  perform(action: ScenarioAction): Promise<void>
  close(): Promise<void>
}

/** What a stage needs. */
export interface StageOptions {
  readonly clock: VirtualClock
  readonly cluster: Cluster
  readonly directory: string
  readonly filesFrom: string
  readonly setFaults: (faults: ScenarioFaults) => void
  readonly restart: () => Promise<void>
}

/** Fixture repositories by the URL that manifests name. */
function createRepositories(
  options: StageOptions,
  addresses: Record<string, string>,
): {
  commit(commit: ScenarioCommit): Promise<void>
} {
  const repositories = new Map<string, Promise<FixtureRepository>>()
  const open = (url: string): Promise<FixtureRepository> => {
    const name = createHash("sha256").update(url).digest("hex").slice(0, 16)
    const directory = join(options.directory, "git", `${name}.git`)
    const known = repositories.get(url) ?? createFixtureRepository({ directory })
    repositories.set(url, known)
    addresses[url] = directory
    return known
  }
  return {
    async commit({ repository, branch, message, files, tag }) {
      const opened = await open(repository)
      await opened.commit({
        message,
        files,
        at: options.clock.now(),
        ...(branch === undefined ? {} : { branch }),
        ...(tag === undefined ? {} : { tag }),
      })
    },
  }
}

/** A stage over a cluster. */
export function createStage(options: StageOptions): Stage {
  const { clock, cluster, filesFrom } = options
  const addresses: Record<string, string> = Object.create(null) as Record<string, string>
  const user = createUser(cluster)
  const repositories = createRepositories(options, addresses)
  let metrics: Promise<ScriptedMetrics> | undefined
  const setMetric = async (metric: ScriptedMetric): Promise<void> => {
    metrics ??= startScriptedMetrics({ now: clock.now })
    const server = await metrics
    server.set(metric)
    Object.assign(addresses, server.addresses)
  }
  const applyAll = async (values: readonly JsonObject[], place: string): Promise<void> => {
    for (const value of values) await user.apply(asManifest(value, place))
  }
  const applyFile = async (file: string): Promise<void> => {
    const text = await readFile(resolve(filesFrom, file), "utf8").catch(() =>
      refuse(`${file}: expected a manifest file, found nothing that can be read`),
    )
    const parsed = parseManifests(text, { file })
    if (!parsed.ok) return refuse(parsed.issues.map((issue) => issue.message).join("; "))
    for (const document of parsed.value) {
      await user.apply(asManifest(document.value, `${file}:${document.line}`))
    }
  }
  const perform = async (action: ScenarioAction): Promise<void> => {
    const { apply, create, patch, metric, commit, faults } = action
    if (apply !== undefined) await applyAll(Array.isArray(apply) ? apply : [apply], "apply")
    if (action.applyFile !== undefined) await applyFile(action.applyFile)
    if (create !== undefined) await user.create(asManifest(create, "create"))
    if (patch !== undefined) await user.patch(patch)
    if (action.delete !== undefined) await user.remove(action.delete)
    if (metric !== undefined) await setMetric(metric)
    if (commit !== undefined) await repositories.commit(commit)
    if (faults !== undefined) options.setFaults(faults)
    if (action.restart === true) await options.restart()
  }
  return {
    addresses,
    perform,
    async give({ commits = [], metrics: given = [], files = [], objects = [] }) {
      for (const commit of commits) await repositories.commit(commit)
      for (const metric of given) await setMetric(metric)
      for (const file of files) await applyFile(file)
      await applyAll(objects, "given.objects")
    },
    async close() {
      await (await metrics)?.close()
      await rm(options.directory, { recursive: true, force: true })
    },
  }
}
