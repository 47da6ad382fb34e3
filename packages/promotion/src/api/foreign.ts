import {
  defineKind,
  type JsonObject,
  type JsonValue,
  type Kind,
  type KubernetesObject,
} from "@argo-ts/kernel"

/** What this engine reads and writes of an Argo CD Application. */
export interface ForeignApplication extends KubernetesObject {
  readonly spec?: {
    readonly source?: ForeignSource
    readonly sources?: readonly ForeignSource[]
    readonly syncPolicy?: { readonly retry?: JsonObject; readonly syncOptions?: readonly string[] }
  }
  readonly operation?: JsonObject
  readonly status?: {
    readonly health?: { readonly status?: string; readonly message?: string }
    readonly sync?: {
      readonly status?: string
      readonly revision?: string
      readonly revisions?: readonly string[]
    }
    readonly conditions?: readonly { readonly type?: string; readonly message?: string }[]
    readonly reconciledAt?: string
    readonly history?: readonly {
      readonly revision?: string
      readonly revisions?: readonly string[]
    }[]
    readonly operationState?: {
      readonly phase?: string
      readonly message?: string
      readonly finishedAt?: string
      readonly operation?: {
        readonly initiatedBy?: { readonly username?: string }
        readonly info?: readonly { readonly name?: string; readonly value?: string }[]
      }
      readonly syncResult?: { readonly revision?: string; readonly revisions?: readonly string[] }
    }
  }
}

/** One source of an Application. */
export interface ForeignSource {
  readonly repoURL?: string
  readonly chart?: string
  readonly targetRevision?: string
  readonly kustomize?: JsonObject
  readonly helm?: JsonObject
}

/** What this engine reads and writes of an AnalysisRun. */
export interface ForeignAnalysisRun extends KubernetesObject {
  readonly spec?: JsonObject
  readonly status?: {
    readonly phase?: string
    readonly message?: string
    readonly startedAt?: string
    readonly completedAt?: string
  }
}

/** What this engine reads of an AnalysisTemplate. */
export interface ForeignAnalysisTemplate extends KubernetesObject {
  readonly spec?: {
    readonly metrics?: readonly JsonValue[]
    readonly dryRun?: readonly JsonValue[]
    readonly measurementRetention?: readonly JsonValue[]
    readonly args?: readonly {
      readonly name: string
      readonly value?: string
      readonly valueFrom?: JsonValue
    }[]
  }
}

const argo = { group: "argoproj.io", version: "v1alpha1" } as const

/** Argo CD's Applications. */
export const foreignApplications: Kind<ForeignApplication> = defineKind<ForeignApplication>({
  ...argo,
  scope: "Namespaced",
  kind: "Application",
  plural: "applications",
  hasStatus: false,
})

/** Argo Rollouts' AnalysisRuns. */
export const foreignAnalysisRuns: Kind<ForeignAnalysisRun> = defineKind<ForeignAnalysisRun>({
  ...argo,
  scope: "Namespaced",
  kind: "AnalysisRun",
  plural: "analysisruns",
  hasStatus: true,
})

/** Argo Rollouts' AnalysisTemplates. */
export const foreignAnalysisTemplates: Kind<ForeignAnalysisTemplate> =
  defineKind<ForeignAnalysisTemplate>({
    ...argo,
    scope: "Namespaced",
    kind: "AnalysisTemplate",
    plural: "analysistemplates",
    hasStatus: false,
  })

/** Argo Rollouts' ClusterAnalysisTemplates. */
export const foreignClusterAnalysisTemplates: Kind<ForeignAnalysisTemplate> =
  defineKind<ForeignAnalysisTemplate>({
    ...argo,
    scope: "Cluster",
    kind: "ClusterAnalysisTemplate",
    plural: "clusteranalysistemplates",
    hasStatus: false,
  })
