/**
 * The kinds of Argo Rollouts, without the engine.
 *
 * @packageDocumentation
 */
import { defineKind, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import type { AnalysisRun, AnalysisTemplate, ClusterAnalysisTemplate } from "./analysis.js"
import type { Experiment } from "./experiment.js"
import { trafficSplits } from "./foreign.js"
import type { Rollout } from "./rollout.js"

const group = "argoproj.io"
const version = "v1alpha1"

/** `argoproj.io/v1alpha1` Rollouts. */
export const rollouts: Kind<Rollout> = defineKind<Rollout>({
  group,
  version,
  kind: "Rollout",
  plural: "rollouts",
  scope: "Namespaced",
  hasStatus: true,
  shortNames: ["ro"],
})

/** `argoproj.io/v1alpha1` AnalysisTemplates. */
export const analysisTemplates: Kind<AnalysisTemplate> = defineKind<AnalysisTemplate>({
  group,
  version,
  kind: "AnalysisTemplate",
  plural: "analysistemplates",
  scope: "Namespaced",
  hasStatus: false,
  shortNames: ["at"],
})

/** `argoproj.io/v1alpha1` ClusterAnalysisTemplates. */
export const clusterAnalysisTemplates: Kind<ClusterAnalysisTemplate> =
  defineKind<ClusterAnalysisTemplate>({
    group,
    version,
    kind: "ClusterAnalysisTemplate",
    plural: "clusteranalysistemplates",
    scope: "Cluster",
    hasStatus: false,
    shortNames: ["cat"],
  })

/** `argoproj.io/v1alpha1` AnalysisRuns. As upstream, their status has no subresource of its own. */
export const analysisRuns: Kind<AnalysisRun> = defineKind<AnalysisRun>({
  group,
  version,
  kind: "AnalysisRun",
  plural: "analysisruns",
  scope: "Namespaced",
  hasStatus: false,
  shortNames: ["ar"],
})

/** `argoproj.io/v1alpha1` Experiments: served so that they can be refused by name. */
export const experiments: Kind<Experiment> = defineKind<Experiment>({
  group,
  version,
  kind: "Experiment",
  plural: "experiments",
  scope: "Namespaced",
  hasStatus: false,
  shortNames: ["exp"],
})

/** Every kind this engine brings to a cluster, the in-memory router's TrafficSplit included. */
export const rolloutKinds: readonly Kind<KubernetesObject>[] = [
  rollouts,
  analysisTemplates,
  clusterAnalysisTemplates,
  analysisRuns,
  experiments,
  trafficSplits,
]
