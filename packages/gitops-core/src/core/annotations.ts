import { own, type UntypedObject } from "@argo-ts/kernel"

/** Annotations, labels and finalizers that mean something to this engine. Upstream's names. */
export const names = {
  hook: "argocd.argoproj.io/hook",
  hookDeletePolicy: "argocd.argoproj.io/hook-delete-policy",
  hookFinalizer: "argocd.argoproj.io/hook-finalizer",
  syncWave: "argocd.argoproj.io/sync-wave",
  syncOptions: "argocd.argoproj.io/sync-options",
  compareOptions: "argocd.argoproj.io/compare-options",
  ignoreHealthcheck: "argocd.argoproj.io/ignore-healthcheck",
  ignoreRestartPolicy: "argocd.argoproj.io/ignore-restart-policy",
  trackingId: "argocd.argoproj.io/tracking-id",
  installationId: "argocd.argoproj.io/installation-id",
  refresh: "argocd.argoproj.io/refresh",
  skipReconcile: "argocd.argoproj.io/skip-reconcile",
  deletionApproved: "argocd.argoproj.io/deletion-approved",
  helmHook: "helm.sh/hook",
  helmHookWeight: "helm.sh/hook-weight",
  helmHookDeletePolicy: "helm.sh/hook-delete-policy",
  helmResourcePolicy: "helm.sh/resource-policy",
  lastApplied: "kubectl.kubernetes.io/last-applied-configuration",
  resourcesFinalizer: "resources-finalizer.argocd.argoproj.io",
  preDeleteFinalizer: "pre-delete-finalizer.argocd.argoproj.io",
  postDeleteFinalizer: "post-delete-finalizer.argocd.argoproj.io",
} as const

/** An annotation of an object. */
export function annotation(object: UntypedObject | undefined, name: string): string | undefined {
  const value = own(object?.metadata.annotations, name)
  return typeof value === "string" ? value : undefined
}

/** The parts of a comma-separated annotation, trimmed, without empty ones. */
export function annotationList(object: UntypedObject | undefined, name: string): readonly string[] {
  return (annotation(object, name) ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
}

/** True where an object's comma-separated annotation holds `value`. */
export function hasOption(object: UntypedObject | undefined, name: string, value: string): boolean {
  return annotationList(object, name).includes(value)
}

/** The value of `Name=value` in a list of options; of several the last. */
export function optionValue(options: readonly string[], name: string): string | undefined {
  return options.findLast((option) => option.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** The value of a sync option for one object: its annotation before the application's options. */
export function syncOption(
  object: UntypedObject | undefined,
  applicationOptions: readonly string[],
  name: string,
): string | undefined {
  return (
    optionValue(annotationList(object, names.syncOptions), name) ??
    optionValue(applicationOptions, name)
  )
}

/** True where Helm was told to keep the object. */
export function isKeptByHelm(object: UntypedObject | undefined): boolean {
  return annotation(object, names.helmResourcePolicy) === "keep"
}
