/** How objects are marked as belonging to an application: `application.resourceTrackingMethod`. */
export type TrackingMethod = "annotation" | "label" | "annotation+label"

/** What Argo CD keeps in `argocd-cm` and in controller flags, as far as decisions depend on it. */
export interface GitopsSettings {
  /** Namespace whose applications are named without it: the controller's own. Default `argocd`. */
  readonly controlNamespace: string
  /** Default `annotation`. */
  readonly trackingMethod: TrackingMethod
  /** Default `app.kubernetes.io/instance`. */
  readonly instanceLabelKey: string
  /** Tells several installations on one cluster apart. Default none. */
  readonly installationId?: string
  /** `timeout.reconciliation`: how long a resolved revision is believed, in milliseconds. 0: for ever. Default 120,000. */
  readonly reconciliationMs: number
  /** `timeout.reconciliation.jitter`: at most so much is added, by a hash of the application's name. Default 0. */
  readonly reconciliationJitterMs: number
  /** `controller.sync.wave.delay.seconds`, in milliseconds. Default 2,000. */
  readonly waveDelayMs: number
  /** `controller.repo.error.grace.period.seconds`, in milliseconds. Default 180,000. */
  readonly repositoryGraceMs: number
  /** `controller.self.heal.backoff.cap.seconds`, in milliseconds. Default 300,000. */
  readonly selfHealCapMs: number
  /**
   * How long a failed operation really waits. Upstream announces `duration × factor^n` and waits one step longer
   * (10 s, 20 s, … by default). Default true: as upstream waits. False: as it announces.
   */
  readonly retriesOneStepLater: boolean
  /**
   * Judge managed Application objects by their own health, as the customary Lua script does. Default false: they
   * have none, as upstream.
   */
  readonly applicationHealth: boolean
}

/** Upstream's defaults; jitter is 0 so that runs are reproducible. */
export const defaultSettings: GitopsSettings = {
  controlNamespace: "argocd",
  trackingMethod: "annotation",
  instanceLabelKey: "app.kubernetes.io/instance",
  reconciliationMs: 120_000,
  reconciliationJitterMs: 0,
  waveDelayMs: 2000,
  repositoryGraceMs: 180_000,
  selfHealCapMs: 300_000,
  retriesOneStepLater: true,
  applicationHealth: false,
}
