import { appendFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { type ClusterSim, readLogLines } from "@argo-ts/cluster-sim"
import { createLogger, type Logger, objectAt, textAt, thrownText } from "@argo-ts/kernel"
import { type Delivery, openDelivery } from "./delivery.js"
import { createExposure, type Exposure } from "./facts/exposure.js"
import type { Fact, LoggedWrite } from "./facts/fact.js"
import { fromLines, fromWrite } from "./facts/from-log.js"
import { createFactProjection } from "./facts/projection.js"
import { findKillPoint } from "./kill-points.js"
import type { StoryEnd, WorkerLine, WorkerRequest } from "./protocol.js"
import { settledVersion, versionOf } from "./story/scene.js"
import { story } from "./story/steps.js"
import { type StoryOutcome, tell } from "./story/teller.js"
import type { View } from "./story/view.js"
import { treeLines } from "./tree.js"
import { storyStart } from "./world/places.js"

function send(line: WorkerLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

function fileLogger(file: string | undefined): Logger {
  return createLogger({
    write: (entry) => {
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(entry)}\n`)
    },
  })
}

interface Teller {
  readonly take: (write: LoggedWrite) => void
  /** Tells the rest; no more writes come. */
  readonly end: () => void
}

/** Facts instant by instant, past those that somebody already has. */
function createTeller(skip: number, exposure: Exposure): Teller {
  const projection = createFactProjection(Date.parse(storyStart))
  let told = 0
  const tellAll = (facts: readonly Fact[]): void => {
    for (const fact of facts) {
      if (told++ >= skip) send({ type: "fact", fact })
    }
  }
  return {
    take(write) {
      exposure.take(write)
      tellAll(projection.take(write))
    },
    end: () => tellAll(projection.end()),
  }
}

function endOf(delivery: Delivery, outcome: StoryOutcome, exposure: Exposure): StoryEnd {
  const { view, clock, startAt } = delivery
  const notes = objectAt(view.get("ConfigMap", "demo/story"), "data")
  const faulty = versionOf(view, textAt(notes, "faulty"))
  const stages = ["dev", "staging", "prod"]
  return {
    ok: outcome.ok,
    held: outcome.held,
    steps: story.length,
    virtualMs: clock.now() - startAt,
    missing: outcome.failure?.missing ?? [],
    ...(outcome.failure === undefined ? {} : { failed: outcome.failure.step.text }),
    versions: Object.fromEntries(
      stages.map((stage) => [stage, settledVersion(view, `shop-${stage}`) || "unsettled"]),
    ),
    exposure: Object.fromEntries(
      stages.map((stage) => [stage, faulty === "" ? 0 : exposure.peak(`shop-${stage}`, faulty)]),
    ),
  }
}

function follow(sim: ClusterSim, teller: Teller): void {
  sim.onWrite((write) => {
    const logged = fromWrite(write)
    if (logged !== undefined) teller.take(logged)
  })
}

/** Ends this process without a word, as a power cut does. */
function die(): void {
  process.kill(process.pid, "SIGKILL")
}

async function work(request: WorkerRequest): Promise<boolean> {
  const { directory, seed, skip } = request
  const exposure = createExposure()
  const teller = createTeller(skip, exposure)
  for (const write of fromLines(readLogLines(join(directory, "cluster.jsonl")))) teller.take(write)
  const logger = fileLogger(request.logFile)
  const killPoint = findKillPoint(request.killAfter)
  const opened: { view?: View } = {}
  const onOpen = (sim: ClusterSim): void => {
    follow(sim, teller)
    if (killPoint === undefined) return
    sim.onWrite((write) => {
      if (killPoint(write, opened.view)) die()
    })
  }
  const delivery = await openDelivery({ directory, seed, logger, onOpen })
  const { sim, clock, scene } = delivery
  opened.view = delivery.view
  if (request.wantsTree) {
    const show = (): void => {
      send({ type: "tree", lines: treeLines(delivery.view.all(), clock.now()) })
      clock.wakeAt((clock.now() + 5000) as never, "demo/tree", show)
    }
    clock.wakeAt(clock.now(), "demo/tree", show)
  }
  const outcome = await tell(story, {
    clock,
    cluster: sim.cluster,
    view: delivery.view,
    scene,
    onStep: ({ part, text }, state) => send({ type: "step", part, text, state }),
  })
  teller.end()
  send({ type: "end", end: endOf(delivery, outcome, exposure) })
  return outcome.ok
}

const request = JSON.parse(process.argv[2] ?? "{}") as WorkerRequest
try {
  // The story is told; servers and half-done work of the world end with the process.
  process.exit((await work(request)) ? 0 : 1)
} catch (error) {
  const message = thrownText(error)
  if (request.logFile !== undefined && error instanceof Error) {
    appendFileSync(request.logFile, `${error.stack ?? ""}\n`)
  }
  send({ type: "error", message: message.split("\n")[0] ?? "" })
  process.exit(2)
}
