import { type Cluster, ClusterError } from "@argo-ts/k8s"

/** A cluster as one life of the controllers sees it. */
export interface Life {
  readonly cluster: Cluster
  /** From now on nothing this life asks for is done, and nothing is told to it: the process is dead. */
  end(): void
}

/**
 * A port that can be cut off. Controllers that wait for real work cannot be stopped in virtual time without letting
 * it pass; a process that dies does not wait either.
 */
export function createLife(cluster: Cluster): Life {
  let isOver = false
  const alive = <Arguments extends readonly unknown[], Result>(
    request: (...rest: Arguments) => Promise<Result>,
  ): ((...rest: Arguments) => Promise<Result>) => {
    return async (...rest) => {
      if (isOver) throw new ClusterError("ServiceUnavailable", "these controllers have ended")
      return request(...rest)
    }
  }
  const stops = new Set<() => void>()
  const port = {
    get: alive(cluster.get),
    list: alive(cluster.list),
    kinds: alive(cluster.kinds),
    create: alive(cluster.create),
    update: alive(cluster.update),
    patch: alive(cluster.patch),
    apply: alive(cluster.apply),
    delete: alive(cluster.delete),
  }
  return {
    cluster: {
      // Wrapping erases the type parameters of the methods, which are the port's own.
      ...(port as unknown as Cluster),
      watch(kind, options, observer) {
        const stop = cluster.watch(kind, options, {
          event: (event) => {
            if (!isOver) observer.event(event)
          },
          end: (error) => {
            if (!isOver) observer.end(error)
          },
        })
        stops.add(stop)
        return () => {
          stops.delete(stop)
          stop()
        }
      },
    },
    end() {
      isOver = true
      for (const stop of stops) stop()
      stops.clear()
    },
  }
}
