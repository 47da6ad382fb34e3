import {
  box,
  describeRules,
  m,
  main,
  path,
  pod,
  type Row,
  raw,
  resource,
  set,
  task,
} from "./manifests.js"

const leaves: readonly Row[] = [
  ["no image", main({ container: { command: ["x"] } }), `InvalidValue ${m}.container.image`],
  [
    "no image of a script",
    main({ script: { source: "x", image: "" } }),
    `InvalidValue ${m}.script.image`,
  ],
  [
    "no image of a sidecar",
    pod({ sidecars: [{ name: "s", image: "" }] }),
    `InvalidValue ${m}.sidecars.0.image`,
  ],
  [
    "no name of an init container",
    pod({ initContainers: [box] }),
    `InvalidValue ${m}.initContainers.0.name`,
  ],
  [
    "a name that Argo has",
    pod({ sidecars: [{ ...box, name: "wait" }] }),
    `InvalidValue ${m}.sidecars.0.name`,
  ],
  [
    "two containers of one name",
    pod({
      sidecars: [
        { ...box, name: "s" },
        { ...box, name: "s" },
      ],
    }),
    `DuplicateName ${m}.sidecars.1.name`,
  ],
  [
    "sidecars of what is no pod",
    main({ suspend: {}, sidecars: [{ ...box, name: "s" }] }),
    `InvalidValue ${m}.sidecars`,
  ],
  [
    "sidecars of a containerSet",
    set({ sidecars: [{ ...box, name: "s" }] }, { ...box, name: "a" }),
    `InvalidValue ${m}.sidecars`,
  ],
  ["an empty containerSet", set({}), `InvalidValue ${m}.containerSet.containers`],
  [
    "a container that waits for nobody",
    set({}, { ...box, name: "a", dependencies: ["b"] }),
    `UnknownDependency ${m}.containerSet.containers.0.dependencies.0`,
  ],
  [
    "containers in a circle",
    set({}, { ...box, name: "a", dependencies: ["a"] }),
    `CyclicDependency ${m}.containerSet.containers`,
  ],
  [
    "a containerSet with outputs and no main",
    set({ outputs: { parameters: [{ name: "p", ...path }] } }, { ...box, name: "a" }),
    `InvalidValue ${m}.containerSet.containers`,
  ],
  [
    "two mounts at one place",
    main({
      container: {
        ...box,
        volumeMounts: [
          { name: "v", mountPath: "/v" },
          { name: "w", mountPath: "/v" },
        ],
      },
    }),
    `InvalidValue ${m}.container.volumeMounts.1.mountPath`,
  ],
  [
    "an artifact at a mount",
    main({
      inputs: { artifacts: [{ name: "i", path: "/v", ...raw }] },
      container: { ...box, volumeMounts: [{ name: "v", mountPath: "/v" }] },
    }),
    `InvalidValue ${m}.inputs.artifacts.0.path`,
  ],
  [
    "an environment variable of two sources",
    main({ container: { ...box, env: [{ name: "E", value: "x", valueFrom: {} }] } }),
    `InvalidValue ${m}.container.env.0`,
  ],
  [
    "a deadline of nothing",
    pod({ activeDeadlineSeconds: 0 }),
    `InvalidValue ${m}.activeDeadlineSeconds`,
  ],
  ...(["activeDeadlineSeconds", "timeout", "pendingTimeout"] as const).map(
    (field): Row => [
      `${field} of steps`,
      main({ steps: [[task({})]], [field]: field === "activeDeadlineSeconds" ? 3 : "3s" }),
      `InvalidValue ${m}.${field}`,
    ],
  ),
  ["a timeout", pod({ timeout: "soon" }), `InvalidValue ${m}.timeout`],
  ["a pending timeout", pod({ pendingTimeout: "soon" }), `InvalidValue ${m}.pendingTimeout`],
  ["parallelism of a pod", pod({ parallelism: 2 }), `InvalidValue ${m}.parallelism`],
  [
    "a suspend's duration",
    main({ suspend: { duration: "soon" } }),
    `InvalidValue ${m}.suspend.duration`,
  ],
  [
    "an action",
    resource({ action: "watch", manifest: "a: b" }),
    `InvalidValue ${m}.resource.action`,
  ],
  ["no manifest", resource({}), `InvalidValue ${m}.resource`],
  [
    "a manifest that is no YAML",
    resource({ manifest: "a: [" }),
    `InvalidValue ${m}.resource.manifest`,
  ],
  [
    "a manifest that is no mapping",
    resource({ manifest: "text" }),
    `InvalidValue ${m}.resource.manifest`,
  ],
  [
    "a mergeStrategy of no patch",
    resource({ manifest: "a: b", mergeStrategy: "json" }),
    `InvalidValue ${m}.resource.mergeStrategy`,
  ],
  [
    "a condition with a tag",
    resource({ manifest: "a: b", successCondition: "status.n > > {{workflow.name}}" }),
    `InvalidExpression ${m}.resource.successCondition`,
  ],
  [
    "a failure condition",
    resource({ manifest: "a: b", failureCondition: "status.phase in (" }),
    `InvalidExpression ${m}.resource.failureCondition`,
  ],
  [
    "a name in a condition's tag",
    resource({ manifest: "a: b", successCondition: "status.n == {{inputs.parameters.z}}" }),
    `UnresolvedTag ${m}.resource.successCondition`,
  ],
  [
    "an http condition",
    main({ http: { url: "http://x", successCondition: "response.code == 200" } }),
    `UnknownReference ${m}.http.successCondition`,
  ],
  ["an empty url", main({ http: { url: "" } }), `InvalidValue ${m}.http.url`],
  [
    "data from nowhere",
    main({ data: { source: {}, transformation: [] } }),
    `InvalidValue ${m}.data.source`,
  ],
  ["a plugin of two names", main({ plugin: { a: {}, b: {} } }), `InvalidValue ${m}.plugin`],
  [
    "a retry policy",
    pod({ retryStrategy: { retryPolicy: "Always!" } }),
    `InvalidValue ${m}.retryStrategy.retryPolicy`,
  ],
  [
    "a back-off without duration",
    pod({ retryStrategy: { backoff: {} } }),
    `InvalidValue ${m}.retryStrategy.backoff.duration`,
  ],
  ...(["duration", "maxDuration", "cap"] as const).map(
    (field): Row => [
      `a back-off's ${field}`,
      pod({ retryStrategy: { backoff: { duration: "1s", [field]: "soon" } } }),
      `InvalidValue ${m}.retryStrategy.backoff.${field}`,
    ],
  ),
  [
    "a retry expression",
    pod({ retryStrategy: { expression: "lastRetry.exitCod == '1'" } }),
    `UnknownReference ${m}.retryStrategy.expression`,
  ],
  [
    "memoize",
    pod({ memoize: { key: "a b", maxAge: "old", cache: { configMap: { name: "c" } } } }),
    `InvalidValue ${m}.memoize.key`,
    `InvalidValue ${m}.memoize.maxAge`,
  ],
  [
    "memoize without a ConfigMap",
    pod({ memoize: { key: "a", cache: {} } }),
    `InvalidValue ${m}.memoize.cache.configMap`,
  ],
  [
    "podResources",
    pod({ podResources: { requests: { gpu: 1, "hugepages-2Mi": "4Mi", cpu: 1 } } }),
    `InvalidValue ${m}.podResources.requests.gpu`,
  ],
  [
    "a claim that is not there",
    main({
      resourceClaims: [{ name: "gpu" }],
      container: { ...box, resources: { claims: [{ name: "gpu" }, { name: "gup" }] } },
    }),
    `InvalidValue ${m}.container.resources.claims.1.name`,
  ],
  [
    "an unknown field",
    main({ container: { ...box, comand: ["x"] } }),
    `UnknownField ${m}.container.comand`,
  ],
]

describeRules("leaves", leaves)
