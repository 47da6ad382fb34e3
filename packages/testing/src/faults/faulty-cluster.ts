import { type Cluster, ClusterError, type WatchObserver } from "@argo-ts/k8s"
import type { KubernetesObject, RandomStreams } from "@argo-ts/kernel"
import type { ScenarioFaults } from "../api/scenario.js"

/** Which randomness decides, and how likely each fault is; the probabilities are read anew for every request. */
export interface FaultOptions {
  readonly random: RandomStreams
  readonly faults: () => ScenarioFaults
}

function strikes(options: FaultOptions, fault: keyof ScenarioFaults): boolean {
  const probability = options.faults()[fault] ?? 0
  return probability > 0 && options.random.stream(`faults/${fault}`).next() < probability
}

async function write<T>(
  options: FaultOptions,
  target: string,
  perform: () => Promise<T>,
): Promise<T> {
  if (strikes(options, "conflicts")) {
    const message = `Operation cannot be fulfilled on ${target}: the object has been modified (injected fault)`
    throw new ClusterError("Conflict", message)
  }
  if (strikes(options, "errors")) {
    throw new ClusterError(
      "InternalError",
      `the server failed before it stored ${target} (injected fault)`,
    )
  }
  const stored = await perform()
  if (strikes(options, "lostAnswers")) {
    throw new ClusterError("Timeout", `the answer about ${target} was lost (injected fault)`)
  }
  return stored
}

function faultyObserver<T extends KubernetesObject>(
  options: FaultOptions,
  observer: WatchObserver<T>,
): { readonly observer: WatchObserver<T>; readonly stopWith: (stop: () => void) => void } {
  let stop: () => void = () => {}
  let hasEnded = false
  return {
    stopWith: (next) => {
      stop = next
      if (hasEnded) stop()
    },
    observer: {
      end: (error) => observer.end(error),
      event(event) {
        if (hasEnded) return
        observer.event(event)
        if (strikes(options, "duplicateEvents")) observer.event(event)
        if (!strikes(options, "brokenWatches")) return
        hasEnded = true
        stop()
        observer.end(new ClusterError("Expired", "the watch broke (injected fault)"))
      },
    },
  }
}

/**
 * The same cluster on a bad day: conflicts, errors, lost answers, watches that break or repeat. Reads are never
 * falsified. Deletes count as writes. With equal randomness the same requests meet the same faults.
 */
export function faultyCluster(cluster: Cluster, options: FaultOptions): Cluster {
  return {
    get: (kind, key, rest) => cluster.get(kind, key, rest),
    list: (kind, rest) => cluster.list(kind, rest),
    kinds: () => cluster.kinds(),
    watch(kind, rest, observer) {
      const faulty = faultyObserver(options, observer)
      const stop = cluster.watch(kind, rest, faulty.observer)
      faulty.stopWith(stop)
      return stop
    },
    create: (kind, object, rest) =>
      write(options, `${kind.plural} "${object.metadata.name ?? ""}"`, () =>
        cluster.create(kind, object, rest),
      ),
    update: (kind, object, rest) =>
      write(options, `${kind.plural} "${object.metadata.name ?? ""}"`, () =>
        cluster.update(kind, object, rest),
      ),
    patch: (kind, key, patch, rest) =>
      write(options, `${kind.plural} "${key.name}"`, () => cluster.patch(kind, key, patch, rest)),
    apply: (kind, object, rest) =>
      write(options, `${kind.plural} "${object.metadata.name ?? ""}"`, () =>
        cluster.apply(kind, object, rest),
      ),
    delete: (kind, key, rest) =>
      write(options, `${kind.plural} "${key.name}"`, () => cluster.delete(kind, key, rest)),
  }
}
