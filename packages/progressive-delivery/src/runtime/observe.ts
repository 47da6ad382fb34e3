import type { Cluster } from "@argo-ts/k8s"
import type { Kind, KubernetesObject, ObjectKey, Stored } from "@argo-ts/kernel"
import type { AnalysisTemplate, ClusterAnalysisTemplate } from "../api/analysis.js"
import { type Pod, pods, replicaSets, type Service, services } from "../api/foreign.js"
import { analysisRuns, analysisTemplates, clusterAnalysisTemplates } from "../api/kinds.js"
import type { Rollout } from "../api/rollout.js"
import type { AnalysisTemplateReference } from "../api/rollout-analysis.js"
import type { ObservedRollout } from "../core/observed.js"
import { restartInstant } from "../core/restart.js"
import type { RouterChoice } from "./routers.js"

/** Where a driver reads: the cluster, and the dependents of an object. */
export interface Sight {
  readonly cluster: Cluster
  owned<T extends KubernetesObject>(kind: Kind<T>, owner: KubernetesObject): readonly Stored<T>[]
}

function keyIn(rollout: Rollout, name: string): ObjectKey {
  const { namespace } = rollout.metadata
  return namespace === undefined ? { name } : { namespace, name }
}

/** The Services a rollout names, once each. */
export function serviceNames(rollout: Rollout): readonly string[] {
  const { canary, blueGreen } = rollout.spec.strategy ?? {}
  const names = [
    canary?.canaryService,
    canary?.stableService,
    blueGreen?.activeService,
    blueGreen?.previewService,
  ]
  return [...new Set(names.filter((name) => name !== undefined))]
}

function templateReferences(rollout: Rollout): readonly AnalysisTemplateReference[] {
  const { canary, blueGreen } = rollout.spec.strategy ?? {}
  const analyses = [
    canary?.analysis,
    ...(canary?.steps ?? []).map((step) => step.analysis),
    blueGreen?.prePromotionAnalysis,
    blueGreen?.postPromotionAnalysis,
  ]
  return analyses.flatMap((analysis) => analysis?.templates ?? [])
}

/** Reads every template that is named, and every one those name. */
async function readTemplates(
  cluster: Cluster,
  rollout: Rollout,
): Promise<Pick<ObservedRollout, "analysisTemplates" | "clusterAnalysisTemplates">> {
  const ofNamespace = new Map<string, AnalysisTemplate>()
  const ofCluster = new Map<string, ClusterAnalysisTemplate>()
  const seen = new Set<string>()
  const open = [...templateReferences(rollout)]
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const { templateName: name, clusterScope = false } = next
    if (seen.has(`${clusterScope}/${name}`)) continue
    seen.add(`${clusterScope}/${name}`)
    if (clusterScope) {
      const template = await cluster.get(clusterAnalysisTemplates, { name })
      if (template === undefined) continue
      ofCluster.set(name, template)
      open.push(...(template.spec.templates ?? []))
    } else {
      const template = await cluster.get(analysisTemplates, keyIn(rollout, name))
      if (template === undefined) continue
      ofNamespace.set(name, template)
      open.push(...(template.spec.templates ?? []))
    }
  }
  return {
    analysisTemplates: [...ofNamespace.values()],
    clusterAnalysisTemplates: [...ofCluster.values()],
  }
}

async function readServices(cluster: Cluster, rollout: Rollout): Promise<readonly Service[]> {
  const found = await Promise.all(
    serviceNames(rollout).map((name) => cluster.get(services, keyIn(rollout, name))),
  )
  return found.filter((service) => service !== undefined)
}

/** Pods matter only while a restart is due. */
async function readPods(
  cluster: Cluster,
  rollout: Rollout,
  now: number,
): Promise<readonly Pod[] | undefined> {
  const { restartAt, selector } = rollout.spec
  if (restartAt === undefined || rollout.status?.restartedAt === restartAt) return undefined
  if (restartInstant(restartAt) > now || selector === undefined) return undefined
  const { namespace } = rollout.metadata
  const page = await cluster.list(pods, {
    ...(namespace === undefined ? {} : { namespace }),
    labelSelector: selector,
  })
  return page.items
}

/** Gathers the facts that a rollout's decision depends on. */
export async function observeRollout(
  sight: Sight,
  rollout: Rollout,
  router: RouterChoice | undefined,
  now: number,
): Promise<ObservedRollout> {
  const { cluster } = sight
  const [templates, foundServices, traffic, foundPods] = await Promise.all([
    readTemplates(cluster, rollout),
    readServices(cluster, rollout),
    router?.router.observe(router.route),
    readPods(cluster, rollout, now),
  ])
  return {
    replicaSets: sight.owned(replicaSets, rollout),
    services: foundServices,
    analysisRuns: sight.owned(analysisRuns, rollout),
    ...templates,
    ...(traffic === undefined ? {} : { traffic }),
    ...(foundPods === undefined ? {} : { pods: foundPods }),
  }
}
