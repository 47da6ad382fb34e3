import { type LabelSelector, matchesLabels } from "@argo-ts/kernel"
import type { Container, Pod } from "../workloads.js"

/** One end of a container. */
export interface ContainerExit {
  /** From running to the end; `null` never. */
  readonly afterMs: number | null
  /** Default 0, or 137 for `OOMKilled`. */
  readonly exitCode?: number
  /** `OOMKilled`, …; default `Completed` for code 0 and `Error` for others. */
  readonly reason?: string
  readonly message?: string
}

/** A line that a container writes. A plain text is written as it starts. */
export interface ScriptedLine {
  /** From running to the line. Default 0. */
  readonly atMs?: number
  /** The line comes again so often. Default: once. */
  readonly everyMs?: number
  readonly text: string
  /** Default `stdout`. */
  readonly stream?: "stdout" | "stderr"
}

/** What a container uses, as quantities, from an instant after its start on. */
export interface ScriptedUsage {
  /** From running. Default 0. */
  readonly atMs?: number
  readonly cpu?: string
  readonly memory?: string
}

/** A command that somebody runs in a container that plays a script. */
export interface ScriptedCommand {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly command: readonly string[]
  /** Everything that was written to it; empty where nothing was. */
  readonly stdin: string
}

/** What the command writes, default nothing, and the code that it ends with, default 0. */
export interface ScriptedAnswer {
  readonly stdout?: string
  readonly stderr?: string
  readonly exitCode?: number
}

/** Answers commands. */
export type ScriptedExec = (command: ScriptedCommand) => ScriptedAnswer | Promise<ScriptedAnswer>

/** How a container behaves. */
export interface ContainerBehavior {
  /** How long its image takes to pull. Default 0: it is on the node already. */
  readonly pullMs?: number
  /** The image cannot be pulled; the text is what the container waits with. Default: it can. */
  readonly pullError?: string
  /** From its turn, or its image being there, to running. Default 0. */
  readonly startMs?: number
  /** From running to having started, as a startup probe sees it; `null` never. Default 0. */
  readonly startedMs?: number | null
  /** From running to ready, as a readiness probe sees it; `null` never. Default 0. */
  readonly readyMs?: number | null
  /** Later changes of readiness. Default none. */
  readonly readiness?: readonly { readonly atMs: number; readonly ready: boolean }[]
  /** From running to a liveness probe that fails and has the container restarted; `null` never. Default `null`. */
  readonly livenessFailsMs?: number | null
  /**
   * From running to the end; `null` never. Default: never for pods that always restart and for sidecars, at once for
   * others.
   */
  readonly exitMs?: number | null
  /** With which code it ends. Default 0. */
  readonly exitCode?: number
  /** Why it ends: `OOMKilled`, …. Default by code. */
  readonly exitReason?: string
  /** The ends of its first, second, … run; the last one is that of all further runs. Wins over the three above. */
  readonly exits?: readonly ContainerExit[]
  /** From the request to go to being gone, at most the grace period. Default 1,000 ms. */
  readonly terminateMs?: number
  /** The code with which it obeys the request to go. Default 143. */
  readonly terminateExitCode?: number
  /** What it writes. Default nothing. */
  readonly logs?: readonly (string | ScriptedLine)[]
  /** What it uses; the last entry that has begun counts. Default 1m of CPU and 16Mi of memory. */
  readonly usage?: ScriptedUsage | readonly ScriptedUsage[]
  /** Answers `kubectl exec` and `sim.exec`. Default: they are refused. A function, so not in an annotation. */
  readonly exec?: ScriptedExec
}

/** How the containers of a pod behave: all of them, init containers aside, and single ones by name. */
export interface PodBehavior extends ContainerBehavior {
  /**
   * `process` runs its containers as processes of this machine, where the cluster is created with `processes`: command and
   * arguments, never an image. Of the script only `pullMs`, `pullError`, `startMs` and `usage` count.
   * Default `script`.
   */
  readonly run?: "script" | "process"
  readonly containers?: { readonly [name: string]: ContainerBehavior }
}

/** Which pods behave how. All given criteria must hold. */
export interface PodRule {
  readonly namespace?: string
  /** An image of the pod without its tag or digest, or the whole reference. */
  readonly image?: string
  readonly labelSelector?: LabelSelector
  /** Whether every container names its `command`, which no image has to say. */
  readonly hasCommand?: boolean
  readonly behavior: PodBehavior
}

/** How the pods of a cluster behave. A pod's annotation `sim.argo-ts.dev/script` (JSON) wins over both. */
export interface PodScripts {
  /** All pods, as far as no rule says otherwise. */
  readonly default?: PodBehavior
  /** The first that fits a pod counts. */
  readonly rules?: readonly PodRule[]
}

/** What a container is to its pod. */
export type ContainerRole = "init" | "sidecar" | "main" | "ephemeral"

/** The behaviour of one container, nothing left open. */
export interface ContainerPlan {
  readonly role: ContainerRole
  readonly container: Container
  readonly pullMs: number
  readonly pullError: string | undefined
  readonly startMs: number
  readonly startedMs: number | null
  readonly readyMs: number | null
  readonly readiness: readonly { readonly atMs: number; readonly ready: boolean }[]
  readonly livenessFailsMs: number | null
  readonly exits: readonly Required<Omit<ContainerExit, "message">>[]
  readonly terminateMs: number
  readonly terminateExitCode: number
  readonly logs: readonly (string | ScriptedLine)[]
  readonly usage: readonly ScriptedUsage[]
  readonly exec: ScriptedExec | undefined
}

/** The behaviour of one pod. */
export interface PodPlan {
  readonly run: "script" | "process"
  readonly init: readonly ContainerPlan[]
  readonly main: readonly ContainerPlan[]
  readonly ephemeral: readonly ContainerPlan[]
  /** What is wrong with the pod's annotation. */
  readonly problem: string | undefined
}

/** The annotation that scripts a single pod. */
export const scriptAnnotation = "sim.argo-ts.dev/script"

function hasImage(pod: Pod, image: string): boolean {
  return pod.spec.containers.some(
    (container) =>
      container.image === image ||
      container.image.startsWith(`${image}:`) ||
      container.image.startsWith(`${image}@`),
  )
}

function hasCommands({ spec }: Pod): boolean {
  return [...spec.containers, ...(spec.initContainers ?? [])].every(
    ({ command = [] }) => command.length > 0,
  )
}

function isMatch(rule: PodRule, pod: Pod): boolean {
  const { namespace, image, labelSelector, hasCommand } = rule
  if (hasCommand !== undefined && hasCommand !== hasCommands(pod)) return false
  if (namespace !== undefined && namespace !== pod.metadata.namespace) return false
  if (image !== undefined && !hasImage(pod, image)) return false
  return labelSelector === undefined || matchesLabels(labelSelector, pod.metadata.labels)
}

interface Annotated {
  readonly behavior: PodBehavior
  readonly problem?: string
}

function annotated(pod: Pod): Annotated {
  const text = pod.metadata.annotations?.[scriptAnnotation]
  if (text === undefined) return { behavior: {} }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return { behavior: value as PodBehavior }
    }
  } catch {
    // Told below as any other text that is no script.
  }
  const problem = `annotation ${scriptAnnotation}: expected a JSON object, found ${JSON.stringify(text)}`
  return { behavior: {}, problem }
}

function initRoleOf(container: Container): ContainerRole {
  return container.restartPolicy === "Always" ? "sidecar" : "init"
}

type Exit = Required<Omit<ContainerExit, "message">>

function exitOf({ afterMs, exitCode, reason }: ContainerExit): Exit {
  const code = exitCode ?? (reason === "OOMKilled" ? 137 : 0)
  return {
    afterMs,
    exitCode: code,
    reason: reason ?? (code === 0 ? "Completed" : "Error"),
  }
}

function exitsOf(chosen: ContainerBehavior, endsByItself: boolean): readonly Exit[] {
  if (chosen.exits !== undefined && chosen.exits.length > 0) return chosen.exits.map(exitOf)
  const { exitMs = endsByItself ? 0 : null, exitCode, exitReason } = chosen
  return [
    exitOf({
      afterMs: exitMs,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(exitReason === undefined ? {} : { reason: exitReason }),
    }),
  ]
}

/** Nobody asks whether an ephemeral container is ready. */
function readyMsOf({ readyMs = 0 }: ContainerBehavior, role: ContainerRole): number | null {
  return role === "ephemeral" ? null : readyMs
}

function planOf(pod: Pod, container: Container, chosen: ContainerBehavior, role: ContainerRole) {
  const isMain = role === "main"
  const isLasting = isMain ? (pod.spec.restartPolicy ?? "Always") === "Always" : role !== "init"
  const { usage = {} } = chosen
  return {
    role,
    container,
    pullMs: chosen.pullMs ?? 0,
    pullError: chosen.pullError,
    startMs: chosen.startMs ?? 0,
    startedMs: chosen.startedMs === undefined ? 0 : chosen.startedMs,
    readyMs: readyMsOf(chosen, role),
    readiness: chosen.readiness ?? [],
    livenessFailsMs: chosen.livenessFailsMs ?? null,
    exits: exitsOf(chosen, !isLasting),
    terminateMs: chosen.terminateMs ?? 1_000,
    terminateExitCode: chosen.terminateExitCode ?? 143,
    logs: chosen.logs ?? [],
    usage: Array.isArray(usage) ? (usage as readonly ScriptedUsage[]) : [usage as ScriptedUsage],
    exec: chosen.exec,
  } satisfies ContainerPlan
}

/** How a pod behaves under the scripts of its cluster. */
export function planPod(pod: Pod, scripts: PodScripts): PodPlan {
  const rule = scripts.rules?.find((each) => isMatch(each, pod))
  const { behavior, problem } = annotated(pod)
  const sources = [scripts.default ?? {}, rule?.behavior ?? {}, behavior]
  const { run = "script" }: PodBehavior = Object.assign({}, ...sources)
  const plan = (container: Container, role: ContainerRole): ContainerPlan => {
    const chosen: ContainerBehavior = Object.assign(
      {},
      ...(role === "main" ? sources : []),
      ...sources.map(({ containers }) =>
        containers !== undefined && Object.hasOwn(containers, container.name)
          ? containers[container.name]
          : {},
      ),
    )
    return planOf(pod, container, chosen, role)
  }
  return {
    run,
    init: (pod.spec.initContainers ?? []).map((each) => plan(each, initRoleOf(each))),
    main: pod.spec.containers.map((each) => plan(each, "main")),
    ephemeral: (pod.spec.ephemeralContainers ?? []).map((each) => plan(each, "ephemeral")),
    problem,
  }
}
