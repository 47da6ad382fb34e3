import type { Template } from "../src/index.js"

const leaf = { container: { image: "none", command: ["true"] } }
const few = { configMapKeyRef: { name: "limits", key: "few" } }

/** Bodies that generated workflows call. */
export function nested(limit: () => { readonly parallelism?: number }): readonly Template[] {
  return [
    {
      name: "pair",
      steps: [[{ name: "one", template: "leaf" }], [{ name: "two", template: "leaf" }]],
      ...limit(),
    },
    {
      name: "inner",
      dag: {
        tasks: [
          { name: "a", template: "leaf" },
          { name: "b", template: "retried" },
          { name: "c", template: "deeper", depends: "a && (b || b.Failed)" },
        ],
      },
      ...limit(),
    },
    {
      name: "deeper",
      steps: [
        [
          { name: "x", template: "leaf" },
          { name: "y", template: "pair" },
        ],
      ],
    },
    // Whoever runs inside takes no lock: it could wait for the one around it.
    {
      name: "alonePair",
      steps: [[{ name: "one", template: "leaf" }], [{ name: "two", template: "leaf" }]],
      synchronization: { mutexes: [{ name: "body" }] },
    },
    // What is remembered of one has to be what the other would have come to.
    {
      name: "knownPair",
      steps: [[{ name: "one", template: "sure" }], [{ name: "two", template: "sure" }]],
      memoize: { key: "pair", maxAge: "1h", cache: { configMap: { name: "cache" } } },
    },
  ]
}

/** Leaves that generated workflows call. */
export function leaves(draw: (below: number) => number): readonly Template[] {
  const policy = (["Always", "OnFailure", "OnError"] as const)[draw(3)] ?? "Always"
  const backoff = draw(2) === 0 ? { backoff: { duration: "5", factor: 2 } } : {}
  const retryStrategy = { limit: draw(3), retryPolicy: policy, ...backoff }
  return [
    { name: "leaf", ...leaf },
    { name: "retried", ...leaf, retryStrategy },
    { name: "list", ...leaf },
    { name: "sure", ...leaf },
    {
      name: "set",
      containerSet: {
        containers: [
          { name: "a", image: "none" },
          { name: "b", image: "none", dependencies: ["a"] },
        ],
      },
    },
    { name: "daemon", ...leaf, daemon: true },
    { name: "kept", ...leaf, daemon: true, retryStrategy: { limit: 1, retryPolicy: "Always" } },
    { name: "alone", ...leaf, synchronization: { mutexes: [{ name: "door" }] } },
    { name: "few", ...leaf, synchronization: { semaphores: [few] } },
    {
      name: "both",
      ...leaf,
      synchronization: { mutexes: [{ name: "door" }], semaphores: [few] },
    },
    {
      name: "aloneRetried",
      ...leaf,
      retryStrategy,
      synchronization: { mutexes: [{ name: "door" }] },
    },
    {
      name: "known",
      ...leaf,
      memoize: { key: "leaf", cache: { configMap: { name: "cache" } } },
    },
    { name: "nap", suspend: { duration: "7" } },
    {
      name: "asked",
      suspend: {},
      outputs: { parameters: [{ name: "said", valueFrom: { supplied: {}, default: "nothing" } }] },
    },
    { name: "late", ...leaf, activeDeadlineSeconds: 3 },
    { name: "lateRetried", ...leaf, timeout: "9s", retryStrategy },
  ]
}
