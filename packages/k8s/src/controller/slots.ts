/** Work that runs beside each other, up to a limit; what comes when all slots are taken waits for its turn. */
export interface Slots {
  /** Starts the work at once where a slot is free. It must not reject. */
  run(work: () => Promise<void>): void
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>
}

/** So many free slots. */
export function createSlots(limit: number): Slots {
  const waiting: (() => Promise<void>)[] = []
  const idlers: (() => void)[] = []
  let running = 0
  const begin = (work: () => Promise<void>): void => {
    running++
    void work().then(end)
  }
  const end = (): void => {
    running--
    const next = waiting.shift()
    if (next !== undefined) begin(next)
    else if (running === 0) for (const idle of idlers.splice(0)) idle()
  }
  return {
    run(work) {
      if (running < limit) begin(work)
      else waiting.push(work)
    },
    idle: () =>
      running === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve)),
  }
}
