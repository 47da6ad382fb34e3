/** Allows pods to run as processes of this machine, and says how. */
export interface ProcessOptions {
  /**
   * Holds a directory for each pod, with its volumes, and one for each claim. Made where there is none; a pod's part is
   * removed with the pod. Default: a new temporary directory that is removed when the cluster is closed.
   */
  readonly directory?: string
  /** Variables for every process, besides `PATH`, `HOME`, `USER`, `LANG`, `TZ` and those named `ARGO_TS_…`. */
  readonly environment?: { readonly [name: string]: string }
  /** From `close()` to the end of processes that do not obey. Default 2,000 ms. */
  readonly closeGraceMs?: number
}
