/**
 * Under which names the parts of a control plane write (spec/cluster §8.0): a process has one, however many controllers
 * run in it.
 */
export const fieldManagers = {
  /** Makes what every cluster begins with, and serves definitions. */
  server: "kube-apiserver",
  /** Every controller, garbage collection and the counting of quotas included. */
  controllers: "kube-controller-manager",
  scheduler: "kube-scheduler",
  kubelet: "kubelet",
} as const
