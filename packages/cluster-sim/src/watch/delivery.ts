/** Somebody who is told things in order. */
export interface Recipient {
  isOpen: boolean
  /** How much waits to be told. */
  pending: number
  /** What is held back, in order; absent where nothing is. */
  held: (() => void)[] | undefined
}

/** Rethrows from its own microtask: one observer's mistake is reported and the others still get their events. */
function report(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

/** Hands things over, each recipient's in their order. */
export interface Delivery<R extends Recipient> {
  add(recipient: R, deliver: () => void): void
  /** Keeps everything for a recipient back from now on, until it is released. */
  hold(recipient: R): void
  release(recipient: R): void
}

/** Delivers what was queued, in order over all recipients, in one microtask. */
export function createDelivery<R extends Recipient>(): Delivery<R> {
  const soon = Promise.resolve()
  let queue: { readonly recipient: R; readonly deliver: () => void }[] = []
  const flush = (): void => {
    const batch = queue
    queue = []
    for (const { recipient, deliver } of batch) {
      recipient.pending--
      if (!recipient.isOpen) continue
      try {
        deliver()
      } catch (error) {
        report(error)
      }
    }
  }
  const enqueue = (recipient: R, deliver: () => void): void => {
    // As `queueMicrotask`, which costs a context of its own each time: there is a flush for every write.
    if (queue.length === 0) void soon.then(flush)
    queue.push({ recipient, deliver })
  }
  return {
    add(recipient, deliver) {
      recipient.pending++
      if (recipient.held === undefined) enqueue(recipient, deliver)
      else recipient.held.push(deliver)
    },
    hold(recipient) {
      recipient.held ??= []
    },
    release(recipient) {
      const held = recipient.held ?? []
      recipient.held = undefined
      for (const deliver of held) enqueue(recipient, deliver)
    },
  }
}
